import { ROOT_CA_CONFIG_MAP } from '../../registry/admission/root-ca-config-map.ts';
import { as } from '../kinds.ts';
import type { Namespace } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { planRootCA } from './plan.ts';
import type { ConfigMap, ObservedRootCA } from './plan.ts';

/** Its only key is the config map's name; also due when the certificates have changed. */
export const rootCAPlanner: Planner<ObservedRootCA> = {
  name: 'root-ca-certificate-publisher-controller',
  keysFor,
  observe,
  plan: planRootCA,
};

function keysFor({ resource, name, after }: Change): readonly string[] {
  const due =
    (resource === 'namespaces' && after !== null) ||
    (resource === 'configmaps' && name === ROOT_CA_CONFIG_MAP);
  return due ? [ROOT_CA_CONFIG_MAP] : [];
}

function observe(reader: Reader, key: string): ObservedRootCA | null {
  if (key !== ROOT_CA_CONFIG_MAP) return null;
  const object = reader.get('namespaces', reader.namespace);
  if (object === null) return null;
  const { metadata, status } = as<Namespace>(object);
  const configMap = reader.get('configmaps', ROOT_CA_CONFIG_MAP);
  return {
    namespaceActive: metadata.deletionTimestamp === undefined && status?.phase !== 'Terminating',
    rootCA: reader.rootCA ?? '',
    configMap: configMap === null ? null : as<ConfigMap>(configMap),
  };
}
