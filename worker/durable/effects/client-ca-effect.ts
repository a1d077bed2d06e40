import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { API_SERVER_USER } from '../../../apimachinery/user-info.ts';
import { certificateAuthority, isOwnCertificate, pemOf } from '../../keys/certificate-authority.ts';
import type { KeyEnv } from '../../keys/purpose-key.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { Effect } from '../queue/effect.ts';
import { API_SERVER_MANAGER } from '../store/field-tracking.ts';
import type { StoreContext } from '../store/store-context.ts';
import { createObject } from '../store/verbs/create.ts';
import { updateObject } from '../store/verbs/update.ts';

/** The namespace and config map in which upstream's API server says whose client certificates it trusts. */
export const CLIENT_CA_NAMESPACE = 'kube-system';
export const CLIENT_CA_CONFIG_MAP = 'extension-apiserver-authentication';
export const CLIENT_CA = 'client-ca';
const CA_FILE = 'client-ca-file';

export interface ClientCAEffectDeps {
  readonly context: StoreContext;
  readonly env: KeyEnv;
  readonly cluster: string;
  readonly write: (step: (context: StoreContext) => void) => Promise<void>;
}

/**
 * Publishes the certificate of the authority that signs what CertificateSigningRequests ask for. In
 * the store of kube-system; due when that becomes active, and when the config map changes. What
 * else is in it stays.
 */
export class ClientCAEffect implements Effect {
  readonly name = CLIENT_CA;
  readonly batchSize = 1;
  readonly #deps: ClientCAEffectDeps;

  constructor(deps: ClientCAEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, name, before, after }: Change): readonly string[] {
    const isIt = resource === 'configmaps' && name === CLIENT_CA_CONFIG_MAP;
    return isIt && (before === null || fileOf(before) !== fileOf(after)) ? [name] : [];
  }

  async run(): Promise<void> {
    const { env, cluster, write } = this.#deps;
    const authority = await certificateAuthority(env, cluster);
    await write((context) => {
      const resource = 'configmaps';
      const old = context.commits.read({ resource, name: CLIENT_CA_CONFIG_MAP });
      if (old !== null && isOwnCertificate(authority, fileOf(old))) return;
      const home = context.commits.read({ resource: 'namespaces', name: context.namespace });
      if (home === null || home.metadata.deletionTimestamp !== undefined) return;
      const request = { resource, user: API_SERVER_USER, fieldManager: API_SERVER_MANAGER };
      const data = { [CA_FILE]: pemOf(authority.certificate) };
      if (old === null) {
        const metadata = { name: CLIENT_CA_CONFIG_MAP };
        createObject(context, request, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
        return;
      }
      const object = JSON.parse(JSON.stringify(old)) as KubernetesObject;
      object['data'] = { ...(old['data'] as object | undefined), ...data };
      updateObject(context, { ...request, name: CLIENT_CA_CONFIG_MAP, subresource: '' }, object);
    });
  }
}

const fileOf = (map: KubernetesObject | null): string =>
  ((map?.['data'] ?? {}) as Record<string, string>)[CA_FILE] ?? '';
