import type { AccessAttributes } from '../authorizer.ts';
import {
  ACCESS_IDENTITIES,
  type AccessIdentity,
  type AccessIdentityName,
} from './access-objects.ts';
import { PEOPLE_ROWS } from './people-rows.ts';
import { SYSTEM_ROWS } from './system-rows.ts';

/** One line of the table: who asks for what, and whether he is to get it. */
export interface AccessCase {
  readonly title: string;
  readonly identity: AccessIdentity;
  readonly access: AccessAttributes;
  readonly want: 'allow' | 'deny';
}

/**
 * The access table: identity × verb × resource × namespace × name, and what upstream answers. The
 * rows are written from what the roles mean, not from what the authorizer says; they hold for the
 * objects of access-objects.ts beside the default policy, in a cluster with no pods on `n1`.
 *
 * `allow|deny <verb> <resource>[.<group>][/<subresource>] [<namespace>|-] [<name>]`, or a path in
 * place of a resource.
 */
export const ACCESS_CASES: readonly AccessCase[] = [PEOPLE_ROWS, SYSTEM_ROWS].flatMap((table) =>
  (Object.entries(table) as [AccessIdentityName, string][]).flatMap(([who, rows]) =>
    rows
      .split('\n')
      .filter((row) => row.trim() !== '')
      .map((row) => newCase(who, row.trim().split(/\s+/))),
  ),
);

function newCase(who: AccessIdentityName, words: readonly string[]): AccessCase {
  const [want = '', verb = '', target = '', namespace = '-', name = ''] = words;
  if (want !== 'allow' && want !== 'deny') throw new Error(`not a row: ${words.join(' ')}`);
  const access: AccessAttributes = target.startsWith('/')
    ? { isResourceRequest: false, verb, path: target }
    : {
        isResourceRequest: true,
        verb,
        ...parseTarget(target),
        apiVersion: '*',
        namespace: namespace === '-' ? '' : namespace,
        name,
      };
  const title = `${who}: ${words.join(' ')}`;
  return { title, identity: ACCESS_IDENTITIES[who], access, want };
}

function parseTarget(target: string): { resource: string; apiGroup: string; subresource: string } {
  const [qualified = '', subresource = ''] = target.split('/');
  const [resource = '', ...group] = qualified.split('.');
  return { resource, apiGroup: group.join('.'), subresource };
}
