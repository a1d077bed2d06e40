import type { FieldError } from '../../../apimachinery/field-error.ts';
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

/** The status endpoint changes nothing but metadata and status. */
export function keepAllButStatus(object: KubernetesObject, old: KubernetesObject): void {
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (field === 'metadata' || field === 'status') continue;
    if (old[field] === undefined) delete object[field];
    else object[field] = old[field];
  }
}

/** What some kinds keep beside: their labels, or their owners. */
export function keepMetadata(
  object: KubernetesObject,
  old: KubernetesObject,
  field: 'labels' | 'ownerReferences',
): void {
  const value = old.metadata[field];
  if (value === undefined) delete object.metadata[field];
  else Object.assign(object.metadata, { [field]: value });
}

export const STATUS_SUBRESOURCE: SubresourceStrategy = { prepareForUpdate: keepAllButStatus };

/** The usual status endpoint, with rules for what is written. */
export function newStatusSubresource(
  validateUpdate: (object: KubernetesObject, old: KubernetesObject) => FieldError[],
): SubresourceStrategy {
  return { prepareForUpdate: keepAllButStatus, validateUpdate };
}

/** What status endpoints of newer kinds leave alone: all metadata but managedFields. */
export function keepMetadataOfStatus(object: KubernetesObject, old: KubernetesObject): void {
  const { managedFields, resourceVersion } = object.metadata;
  object.metadata = {
    ...old.metadata,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  if (managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = managedFields;
}
