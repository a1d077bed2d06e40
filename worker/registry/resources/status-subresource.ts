import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { SubresourceStrategy } from '../strategy.ts';

/** Status is what controllers and nodes write; whoever creates an object does not. */
export function dropStatus(object: KubernetesObject): void {
  object.status = {};
}

/** The main endpoint does not change status. */
export function keepStatus(object: KubernetesObject, old: KubernetesObject): void {
  if (old.status === undefined) delete object.status;
  else object.status = old.status;
}

/**
 * The status endpoint changes nothing but status and the metadata that carries bookkeeping:
 * annotations, finalizers, managedFields. Labels and owners belong to the main endpoint.
 */
export function keepAllButStatus(object: KubernetesObject, old: KubernetesObject): void {
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (field === 'metadata' || field === 'status') continue;
    if (old[field] === undefined) delete object[field];
    else object[field] = old[field];
  }
  if (old.metadata.labels === undefined) delete object.metadata.labels;
  else object.metadata.labels = old.metadata.labels;
  if (old.metadata.ownerReferences === undefined) delete object.metadata.ownerReferences;
  else object.metadata.ownerReferences = old.metadata.ownerReferences;
}

export const STATUS_SUBRESOURCE: SubresourceStrategy = {
  resetFields: ['spec'],
  prepareForUpdate: keepAllButStatus,
};
