import { env } from './env.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { ListRequest, Scope } from '../../worker/durable/store/protocol.ts';
import { ROOT_CA_CONFIG_MAP } from '../../worker/registry/admission/root-ca-config-map.ts';
import { storeStub } from '../../worker/durable/stubs.ts';

let clusters = 0;

/** A cluster that no other test of the file has touched: storage is shared within a file. */
export const freshCluster = (): string => `cluster-${(clusters += 1)}`;

export const stubOf = (scope: Scope) => storeStub(env, scope);

/** Selects the config maps that a test has made itself. */
export const OWN_MAPS = `metadata.name!=${ROOT_CA_CONFIG_MAP}`;

export const configMap = (
  name: string,
  data: Record<string, string> = {},
  labels?: Record<string, string>,
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
  data,
});

interface Outcome {
  readonly ok: boolean;
  readonly object?: string;
  readonly status?: { readonly reason?: string; readonly message?: string };
}

/** The object of an answer; fails the test with the refusal's own words. */
export function objectOf(answer: Outcome): KubernetesObject {
  if (!answer.ok) throw new Error(answer.status?.message ?? 'refused');
  return JSON.parse(answer.object ?? 'null') as KubernetesObject;
}

export const revisionOf = (object: KubernetesObject): number =>
  Number(object.metadata.resourceVersion);

export async function create(
  scope: Scope,
  resource: string,
  object: KubernetesObject,
): Promise<KubernetesObject> {
  const request = {
    scope,
    resource,
    object: JSON.stringify(object),
    user: { name: 'test', groups: [] },
    fieldManager: 'test',
    dryRun: false,
  };
  return objectOf(await stubOf(scope).create(request));
}

export const createNamespace = (cluster: string, name: string): Promise<KubernetesObject> =>
  create({ cluster, namespace: '' }, 'namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });

export async function update(
  scope: Scope,
  resource: string,
  object: KubernetesObject,
  subresource = '',
): Promise<KubernetesObject> {
  return objectOf(
    await stubOf(scope).update({
      scope,
      resource,
      name: object.metadata.name ?? '',
      subresource,
      object: JSON.stringify(object),
      user: { name: 'test', groups: [] },
      fieldManager: 'test',
      dryRun: false,
    }),
  );
}

export function remove(scope: Scope, resource: string, name: string, options = {}) {
  return stubOf(scope).delete({
    scope,
    resource,
    name,
    user: { name: 'test', groups: [] },
    dryRun: false,
    options,
  });
}

export const read = async (scope: Scope, resource: string, name: string) =>
  objectOf(await stubOf(scope).get({ scope, resource, name }));

export const listRequest = (
  scope: Scope,
  resource: string,
  options: Partial<ListRequest> = {},
): ListRequest => ({
  scope,
  resource,
  labelSelector: '',
  fieldSelector: '',
  limit: 0,
  after: '',
  separator: '\n',
  ...options,
});
