import { newBadRequest } from '../../../apimachinery/status-error.ts';
import {
  ANONYMOUS_USER,
  AUTHENTICATED_GROUP,
  SERVICE_ACCOUNT_PREFIX,
  serviceAccountUser,
  UNAUTHENTICATED_GROUP,
  type UserInfo,
} from '../../../apimachinery/user-info.ts';
import type { Env } from '../../durable/env.ts';
import type { ResourceAccess } from '../../registry/authz/authorizer.ts';
import { isSuperuser } from '../../registry/authz/superuser.ts';
import { newAccessForbidden } from '../../registry/authz/forbidden.ts';
import { decideAccess } from '../authz/access-gate.ts';
import type { User } from './user.ts';

const USER = 'Impersonate-User';
const GROUP = 'Impersonate-Group';
const UID = 'Impersonate-Uid';
const EXTRA_PREFIX = 'impersonate-extra-';
/** Values of impersonation headers looked at: each is a question about permission. */
const MAX_VALUES = 500;

/** Whom a request wants to be taken for. */
interface Wish {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * Whom a request counts as: its sender, or who its `Impersonate-…` headers name, if the sender may
 * (RBAC verb `impersonate` on users, groups, serviceaccounts, uids and userextras).
 *
 * @throws StatusError BadRequest or Forbidden.
 */
export async function impersonate(
  env: Env,
  cluster: string,
  headers: Headers,
  sender: User,
): Promise<User> {
  const wish = wishOf(headers);
  if (wish === null) return sender;
  const account = accountOf(wish.name);
  if (!isSuperuser(sender)) {
    await requireImpersonation(env, cluster, sender, [
      account === null
        ? question('', 'users', wish.name)
        : { ...question('', 'serviceaccounts', account.name), namespace: account.namespace },
      ...wish.groups.map((group) => question('', 'groups', group)),
      ...(wish.uid === '' ? [] : [question('authentication.k8s.io', 'uids', wish.uid)]),
      ...Object.entries(wish.extra).flatMap(([key, values]) =>
        values.map((value) => ({
          ...question('authentication.k8s.io', 'userextras', value),
          subresource: key,
        })),
      ),
    ]);
  }
  return impersonated(wish, account);
}

function impersonated(wish: Wish, account: { namespace: string; name: string } | null): UserInfo {
  const implied =
    account !== null && wish.groups.length === 0
      ? serviceAccountUser(account.namespace, account.name).groups
      : wish.groups;
  return {
    name: wish.name,
    groups: withStanding(wish.name, implied),
    ...(wish.uid === '' ? {} : { uid: wish.uid }),
    ...(Object.keys(wish.extra).length === 0 ? {} : { extra: wish.extra }),
  };
}

/** Who names one of these groups decides it: upstream adds neither to the other. */
function withStanding(name: string, groups: readonly string[]): readonly string[] {
  if (name === ANONYMOUS_USER) {
    return groups.includes(UNAUTHENTICATED_GROUP) ? groups : [...groups, UNAUTHENTICATED_GROUP];
  }
  const isDecided = [AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP].some((g) => groups.includes(g));
  return isDecided ? groups : [...groups, AUTHENTICATED_GROUP];
}

const question = (apiGroup: string, resource: string, name: string): ResourceAccess => ({
  isResourceRequest: true,
  verb: 'impersonate',
  apiGroup,
  apiVersion: apiGroup === '' ? '' : 'v1',
  namespace: '',
  resource,
  subresource: '',
  name,
});

function wishOf(headers: Headers): Wish | null {
  const name = headers.get(USER) ?? '';
  const groups = valuesOf(headers, GROUP);
  const uid = headers.get(UID) ?? '';
  const extra: Record<string, string[]> = {};
  for (const key of headers.keys()) {
    if (!key.toLowerCase().startsWith(EXTRA_PREFIX)) continue;
    extra[decodeKey(key.toLowerCase().slice(EXTRA_PREFIX.length))] = valuesOf(headers, key);
  }
  const hasMore = groups.length > 0 || uid !== '' || Object.keys(extra).length > 0;
  if (name === '' && !hasMore) return null;
  if (name === '') {
    throw newBadRequest(
      `requested ${describeReferences({ name, groups, uid, extra })} without impersonating a user`,
    );
  }
  const values = groups.length + Object.values(extra).flat().length;
  if (values > MAX_VALUES) throw newBadRequest(`more than ${MAX_VALUES} values to impersonate`);
  return { name, groups, uid, extra };
}

/** What was asked for, as Go prints a list of ObjectReferences. */
function describeReferences({ groups, uid, extra }: Wish): string {
  const version = 'authentication.k8s.io/v1';
  const references = [
    ...groups.map((group) => ['Group', '', group, '', '', '', '']),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ['UserExtra', '', value, '', version, '', key]),
    ),
    ...(uid === '' ? [] : [['UID', '', uid, '', version, '', '']]),
  ];
  return `[${references.map((fields) => `{${fields.join(' ')}}`).join(' ')}]`;
}

/** The platform joins headers of one name with commas, which no name of a group needs. */
const valuesOf = (headers: Headers, name: string): string[] =>
  (headers.get(name) ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

/** Keys are percent-encoded where headers cannot have them. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    // Not encoded: as it is, as upstream takes it.
    return key;
  }
}

function accountOf(name: string): { namespace: string; name: string } | null {
  if (!name.startsWith(SERVICE_ACCOUNT_PREFIX)) return null;
  const [namespace = '', account = '', ...rest] = name
    .slice(SERVICE_ACCOUNT_PREFIX.length)
    .split(':');
  return namespace === '' || account === '' || rest.length > 0
    ? null
    : { namespace, name: account };
}

/** Most questions are the cluster's; those about ServiceAccounts may be for their namespace's roles. */
async function requireImpersonation(
  env: Env,
  cluster: string,
  user: UserInfo,
  questions: readonly ResourceAccess[],
): Promise<void> {
  const requests = questions.map((attributes) => ({ user, attributes }));
  const decisions = await decideAccess(env, { cluster, namespace: '' }, requests);
  for (const [i, request] of requests.entries()) {
    const decision = decisions[i];
    if (decision?.allowed !== true)
      throw newAccessForbidden(request.user, request.attributes, decision?.reason ?? '');
  }
}
