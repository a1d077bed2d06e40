import { SignJWT } from 'jose';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { controllerUser, serviceAccountUser } from '../../../apimachinery/user-info.ts';
import { accountSigningKey, SIGNING_ALGORITHM } from '../../keys/account-signing-key.ts';
import type { KeyEnv } from '../../keys/purpose-key.ts';
import type { Change } from '../../reconcile/planner.ts';
import {
  ACCOUNT_UID,
  accountOfSecret,
  dataOf,
  SECRET_TOKEN_CLAIM,
  SECRET_TOKEN_ISSUER,
} from '../../registry/resources/account-token-secret.ts';
import type { Effect } from '../queue/effect.ts';
import { CONTROLLER_MANAGER } from '../store/field-tracking.ts';
import type { StoreContext } from '../store/store-context.ts';
import { deleteObject } from '../store/verbs/delete.ts';
import { updateObject } from '../store/verbs/update.ts';

export interface AccountTokenEffectDeps {
  readonly context: StoreContext;
  readonly env: KeyEnv;
  readonly cluster: string;
  /** Certificates, PEM, by which clients know the API server; '' where public ones do. */
  readonly rootCA: string;
  readonly write: (step: (context: StoreContext) => void) => Promise<void>;
}

const USER = controllerUser('tokens-controller');

/**
 * Fills Secrets that ask for a token of a ServiceAccount, and deletes those whose account is not
 * there (pkg/controller/serviceaccount TokensController). A key is the Secret's name. It is an
 * effect because signing is asynchronous.
 */
export class AccountTokenEffect implements Effect {
  readonly name = 'serviceaccount-tokens';
  readonly batchSize = 50;
  readonly #deps: AccountTokenEffectDeps;

  constructor(deps: AccountTokenEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, name, before, after }: Change): readonly string[] {
    if (resource === 'secrets') return accountOfSecret(after) === null ? [] : [name];
    if (resource !== 'serviceaccounts' || (before !== null && after !== null)) return [];
    const { store } = this.#deps.context;
    return store
      .list('secrets', {})
      .filter(({ value }) => accountOfSecret(JSON.parse(value) as KubernetesObject) === name)
      .map((secret) => secret.name);
  }

  async run(keys: readonly string[]): Promise<void> {
    for (const name of keys) await this.#see(name);
  }

  async #see(name: string): Promise<void> {
    const { context, write } = this.#deps;
    const secret = context.commits.read({ resource: 'secrets', name });
    const account = accountOfSecret(secret);
    if (secret === null || account === null) return;
    const found = context.commits.read({ resource: 'serviceaccounts', name: account });
    const uid = found?.metadata.uid ?? '';
    const wanted = secret.metadata.annotations?.[ACCOUNT_UID] ?? '';
    if (found === null || (wanted !== '' && wanted !== uid)) {
      const preconditions = { uid: secret.metadata.uid ?? '' };
      await write((step) => {
        deleteObject(step, { resource: 'secrets', name, user: USER, options: { preconditions } });
      });
      return;
    }
    const filled = await this.#filled(secret, account, uid);
    if (filled === null) return;
    await write((step) => {
      const request = { resource: 'secrets', name, subresource: '', user: USER };
      updateObject(step, { ...request, fieldManager: CONTROLLER_MANAGER }, filled);
    });
  }

  /** The Secret with all that it lacks; null when it lacks nothing. */
  async #filled(
    secret: KubernetesObject,
    account: string,
    uid: string,
  ): Promise<KubernetesObject | null> {
    const { context, rootCA } = this.#deps;
    const data = dataOf(secret);
    const own: Record<string, string> = {
      'ca.crt': btoa(rootCA),
      namespace: btoa(context.namespace),
    };
    const isComplete = Object.entries(own).every(([key, value]) => data[key] === value);
    if (isComplete && data['token'] && secret.metadata.annotations?.[ACCOUNT_UID] === uid)
      return null;
    const token = data['token'] || btoa(await this.#sign(secret.metadata.name ?? '', account, uid));
    const copy = JSON.parse(JSON.stringify(secret)) as KubernetesObject;
    copy.metadata.annotations = { ...copy.metadata.annotations, [ACCOUNT_UID]: uid };
    copy['data'] = { ...data, ...own, token };
    return copy;
  }

  async #sign(secret: string, account: string, uid: string): Promise<string> {
    const { env, cluster, context } = this.#deps;
    const { privateKey, publicJWK } = await accountSigningKey(env, cluster);
    const claims = {
      namespace: context.namespace,
      'secret.name': secret,
      'service-account.name': account,
      'service-account.uid': uid,
    };
    const named = Object.entries(claims).map(([key, value]) => [SECRET_TOKEN_CLAIM + key, value]);
    return new SignJWT(Object.fromEntries(named) as Record<string, string>)
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: publicJWK.kid })
      .setIssuer(SECRET_TOKEN_ISSUER)
      .setSubject(serviceAccountUser(context.namespace, account).name)
      .sign(privateKey);
  }
}
