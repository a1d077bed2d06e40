import { parseAPIVersion } from '../../../apimachinery/meta.ts';
import type { KubernetesObject, OwnerReference } from '../../../apimachinery/meta.ts';
import { controllerOf } from '../../../apimachinery/owner-references.ts';
import { newScaleMapping } from '../../registry/crd/objects/scale-mapping.ts';
import { storedDefinition } from '../../registry/crd/types.ts';
import { DEFINITIONS, STORED_RESOURCES } from '../../registry/hidden-resources.ts';
import type { Reader } from '../planner.ts';

/** What a pod's controller wants: `null` where no controller is found, a text where it has no scale. */
export type ControllerScale = { readonly uid: string; readonly replicas: number } | string | null;

/**
 * How many pods the controller wants that a reference names. Pods of a Deployment's ReplicaSet are
 * the Deployment's. Everything else that controls pods is asked through its `scale` subresource.
 */
export function controllerScale(reader: Reader, reference: OwnerReference): ControllerScale {
  const { group, version } = parseAPIVersion(reference.apiVersion);
  const { kind, name, uid } = reference;
  for (const [resource, info] of STORED_RESOURCES) {
    if (info.group !== group || info.kind !== kind) continue;
    if (!info.subresources.some((sub) => sub.name === 'scale')) return hasNoScale(resource);
    const object = reader.get(resource, name);
    if (object === null || object.metadata.uid !== uid) return null;
    if (resource === 'replicasets.apps') return replicaSetScale(reader, object);
    return { uid, replicas: replicasOf(object) };
  }
  return customScale(reader, reference, group, version);
}

const replicasOf = ({ spec }: KubernetesObject): number =>
  (spec as { replicas?: number } | undefined)?.replicas ?? 1;

const hasNoScale = (resource: string) => `${resource} does not implement the scale subresource`;

function replicaSetScale(reader: Reader, replicaSet: KubernetesObject): ControllerScale {
  const own = { uid: replicaSet.metadata.uid ?? '', replicas: replicasOf(replicaSet) };
  const owner = controllerOf(replicaSet);
  if (owner?.kind !== 'Deployment') return own;
  const isApps = parseAPIVersion(owner.apiVersion).group === 'apps';
  const deployment = isApps ? reader.get('deployments.apps', owner.name) : null;
  // The scale of a ReplicaSet says what its Deployment has come to, if that is not to be found.
  return deployment === null || deployment.metadata.uid !== owner.uid
    ? own
    : { uid: owner.uid, replicas: replicasOf(deployment) };
}

/** Through the paths of the definition, of which a store with such objects has a copy. */
function customScale(
  reader: Reader,
  { kind, apiVersion, name, uid }: OwnerReference,
  group: string,
  version: string,
): ControllerScale {
  const definition = reader
    .list(DEFINITIONS)
    .map(storedDefinition)
    .find(({ spec }) => spec.group === group && spec.names.kind === kind);
  const served = definition?.spec.versions.find((v) => v.name === version && v.served);
  if (definition === undefined || served === undefined) {
    return `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
  }
  const resource = `${definition.spec.names.plural}.${group}`;
  const paths = served.subresources?.scale;
  if (paths === undefined) return hasNoScale(resource);
  const object = reader.get(resource, name);
  if (object === null || object.metadata.uid !== uid) return null;
  try {
    return { uid, replicas: newScaleMapping(paths).replicas(object) ?? 0 };
  } catch (error) {
    // What is at the path is no number.
    return error instanceof Error ? error.message : String(error);
  }
}
