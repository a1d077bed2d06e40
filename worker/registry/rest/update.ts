import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import {
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../apimachinery/object-meta-validation.ts';
import { newBadRequest, newConflict, newInvalid } from '../../../apimachinery/status-error.ts';
import { invalid } from '../../../apimachinery/field-error.ts';
import type { ResourceInfo } from '../kind-table.ts';
import type { RequestContext } from '../strategy.ts';
import { deepEqual } from './deep-equal.ts';
import { validateFinalizerNames } from './finalizer-names.ts';

/** The words of every optimistic-lock failure; clients look for them. */
export const OPTIMISTIC_LOCK_MESSAGE =
  'the object has been modified; please apply your changes to the latest version and try again';

/**
 * Makes an object ready to replace `old`, in the order of upstream's `rest.BeforeUpdate`.
 * Changes `object` in place. `subresource` is '' for the object itself.
 *
 * @returns warnings, and whether anything but the resourceVersion differs: an update that changes
 * nothing is not written.
 * @throws StatusError BadRequest, Conflict (resourceVersion, uid) or Invalid.
 */
export function beforeUpdate(
  info: ResourceInfo,
  subresource: string,
  object: KubernetesObject,
  old: KubernetesObject,
  context: RequestContext,
): { warnings: string[]; changed: boolean } {
  const { strategy } = info;
  const subrules = strategy.subresources?.[subresource];
  const rules = subresource === '' ? strategy : subrules;
  checkIdentity(info, object, old);
  keepSystemMetadata(object, old);
  strategy.setDefaults?.(object);
  rules?.prepareForUpdate?.(object, old, context);
  if (rules?.keepsGeneration !== true) {
    bumpGeneration(info, object, old, subresource === '' && metadataCounts(info, object, old));
  }
  const errors = [
    ...(subresource === ''
      ? validateObjectMeta(object.metadata, {
          namespaced: info.namespaced,
          validateName: (name, prefix) => strategy.validateName?.(name, prefix) ?? [],
          path: 'metadata',
        })
      : []),
    ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata'),
    ...(strategy.allowsBareFinalizers === true
      ? []
      : validateFinalizerNames(object.metadata.finalizers, 'metadata.finalizers')),
    ...(rules?.validateUpdate?.(object, old) ?? []),
  ];
  if (errors.length > 0) {
    throw newInvalid(info.group, info.kind, object.metadata.name ?? '', dedupe(errors));
  }
  const warnings = subresource === '' ? (strategy.warnings?.(object, old) ?? []) : [];
  strategy.canonicalize?.(object);
  return { warnings, changed: !deepEqual(object, old) };
}

function dedupe<T extends { field: string; message: string }>(errors: T[]): T[] {
  const seen = new Set<string>();
  return errors.filter((e) => {
    const key = `${e.field}\n${e.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Name, namespace, uid and resourceVersion of the request against what is stored. */
function checkIdentity(info: ResourceInfo, object: KubernetesObject, old: KubernetesObject): void {
  const { metadata } = object;
  const name = old.metadata.name ?? '';
  if (metadata.name !== undefined && metadata.name !== '' && metadata.name !== name) {
    throw newBadRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (
    metadata.namespace !== undefined &&
    metadata.namespace !== '' &&
    metadata.namespace !== (old.metadata.namespace ?? '')
  ) {
    throw newBadRequest(
      info.namespaced
        ? 'the namespace of the provided object does not match the namespace sent on the request'
        : 'namespace may not be set on this type',
    );
  }
  const subject = { group: info.group, resource: info.resource };
  if (metadata.uid !== undefined && metadata.uid !== '' && metadata.uid !== old.metadata.uid) {
    throw newConflict(
      subject,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
    );
  }
  const version = metadata.resourceVersion ?? '';
  if (version === '' && info.strategy.allowUnconditionalUpdate === false) {
    // Upstream names the resource here, where it names the kind elsewhere.
    throw newInvalid(info.group, info.resource, name, [
      invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  if (version !== '' && version !== '0' && version !== old.metadata.resourceVersion) {
    throw newConflict(subject, name, OPTIMISTIC_LOCK_MESSAGE);
  }
}

/** What no client may change: they are kept without complaint, as upstream does. */
function keepSystemMetadata(object: KubernetesObject, old: KubernetesObject): void {
  const { metadata } = object;
  const from = old.metadata;
  metadata.name = from.name ?? '';
  keep(metadata, from, 'namespace');
  keep(metadata, from, 'uid');
  keep(metadata, from, 'creationTimestamp');
  keep(metadata, from, 'deletionTimestamp');
  keep(metadata, from, 'deletionGracePeriodSeconds');
  keep(metadata, from, 'generation');
  keep(metadata, from, 'generateName');
  keep(metadata, from, 'resourceVersion');
  delete metadata.selfLink;
}

function keep(
  to: KubernetesObject['metadata'],
  from: KubernetesObject['metadata'],
  field: keyof KubernetesObject['metadata'],
): void {
  if (from[field] === undefined) delete to[field];
  else Object.assign(to, { [field]: from[field] });
}

/** Everything but metadata and status is desired state and counts in metadata.generation. */
function bumpGeneration(
  info: ResourceInfo,
  object: KubernetesObject,
  old: KubernetesObject,
  otherwiseChanged: boolean,
): void {
  if (info.strategy.hasGeneration !== true) return;
  const countsStatus = info.strategy.generationCountsStatus === true;
  const desired = ({ status, ...o }: KubernetesObject) => ({
    ...o,
    metadata: undefined,
    status: countsStatus ? status : undefined,
  });
  if (otherwiseChanged || !deepEqual(desired(object), desired(old))) {
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
}

/** Whether annotations or labels changed, where these are part of the desired state. */
function metadataCounts(
  { strategy }: ResourceInfo,
  object: KubernetesObject,
  old: KubernetesObject,
): boolean {
  const differ = (field: 'annotations' | 'labels'): boolean =>
    !deepEqual(object.metadata[field] ?? {}, old.metadata[field] ?? {});
  return (
    (strategy.generationCountsAnnotations === true && differ('annotations')) ||
    (strategy.generationCountsLabels === true && differ('labels'))
  );
}
