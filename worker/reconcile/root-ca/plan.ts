import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { ROOT_CA_CONFIG_MAP, ROOT_CA_KEY } from '../../registry/admission/root-ca-config-map.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan } from '../planner.ts';

const DESCRIPTION_ANNOTATION = 'kubernetes.io/description';
const DESCRIPTION =
  'The certificates by which clients inside the cluster know the kube-apiserver at its internal endpoints. Good for nothing else: they say nothing about other servers.';

export interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}

export interface ObservedRootCA {
  /** Whether the namespace is there and not on its way out. */
  readonly namespaceActive: boolean;
  /** PEM; empty where the certificates that everybody trusts do. */
  readonly rootCA: string;
  readonly configMap: ConfigMap | null;
}

/**
 * Every active namespace has the config map, with nothing but the certificates in its data
 * (pkg/controller/certificates/rootcacertpublisher, syncNamespace).
 */
export function planRootCA({ namespaceActive, rootCA, configMap }: ObservedRootCA): Plan {
  if (!namespaceActive) return EMPTY_PLAN;
  const data = { [ROOT_CA_KEY]: rootCA };
  const annotations = { [DESCRIPTION_ANNOTATION]: DESCRIPTION };
  if (configMap === null) {
    const object: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: ROOT_CA_CONFIG_MAP, annotations },
      data,
    };
    return { writes: [{ verb: 'create', resource: 'configmaps', object }] };
  }
  if (isRight(configMap, rootCA)) return EMPTY_PLAN;
  const { metadata } = configMap;
  const object: ConfigMap = {
    ...configMap,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
    data,
  };
  return { writes: [{ verb: 'update', resource: 'configmaps', object }] };
}

function isRight({ metadata, data = {} }: ConfigMap, rootCA: string): boolean {
  const isOnly = Object.keys(data).length === 1 && data[ROOT_CA_KEY] === rootCA;
  return isOnly && (metadata.annotations?.[DESCRIPTION_ANNOTATION] ?? '') !== '';
}
