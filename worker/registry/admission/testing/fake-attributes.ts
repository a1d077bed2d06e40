import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { ResourceInfo } from '../../kind-table.ts';
import { findResource, RESOURCES } from '../../resource-table.ts';
import type { AdmissionAttributes } from '../plugin.ts';

type Overrides = Partial<
  Omit<AdmissionAttributes, 'warnings' | 'auditAnnotations' | 'pluginState'>
>;

/** A built-in resource as `<plural>[.<group>]/<version>`, or as it is stored without a version. */
export function resourceInfo(name: string): ResourceInfo {
  const [resource = '', version] = name.split('/');
  const dot = resource.indexOf('.');
  const info =
    version === undefined
      ? RESOURCES.get(resource)
      : findResource(
          dot < 0 ? '' : resource.slice(dot + 1),
          version,
          dot < 0 ? resource : resource.slice(0, dot),
        );
  if (info === undefined) throw new Error(`${name} is not served`);
  return info;
}

/** The request that creates an object, or another one about it. */
export function newAttributes(
  info: ResourceInfo,
  object: KubernetesObject | null,
  overrides: Overrides = {},
): AdmissionAttributes {
  const subject = object ?? overrides.oldObject;
  return {
    operation: 'CREATE',
    info,
    requested: info,
    subresource: '',
    namespace: info.namespaced ? (subject?.metadata.namespace ?? 'default') : '',
    name: subject?.metadata.name ?? '',
    object,
    oldObject: null,
    options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
    dryRun: false,
    user: { name: 'alice', uid: 'u-1', groups: ['dev', 'system:authenticated'] },
    isReinvocation: false,
    warnings: [],
    auditAnnotations: new Map(),
    pluginState: new Map(),
    ...overrides,
  };
}

/** A ConfigMap in `default`. */
export const configMap = (
  data: Readonly<Record<string, string>> = {},
  metadata: KubernetesObject['metadata'] = {},
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'default', ...metadata },
  data: { ...data },
});
