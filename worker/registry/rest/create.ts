import { invalid } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import { validateObjectMeta } from '../../../apimachinery/object-meta-validation.ts';
import { newBadRequest, newInvalid } from '../../../apimachinery/status-error.ts';
import type { ResourceInfo } from '../kind-table.ts';
import type { RequestContext } from '../strategy.ts';
import { validateFinalizerNames } from './finalizer-names.ts';
import { MAX_GENERATE_NAME_PREFIX, type Identities } from './identity.ts';

/**
 * Makes a decoded object ready to be stored, in the order of upstream's `rest.BeforeCreate`:
 * metadata, name, defaults, prepare, validate, canonicalize. Changes `object` in place.
 *
 * @param namespace of the request path; '' for cluster-scoped resources.
 * @returns texts for Warning headers.
 * @throws StatusError BadRequest (namespace mismatch) or Invalid (422 with every cause).
 */
export function beforeCreate(
  info: ResourceInfo,
  object: KubernetesObject,
  namespace: string,
  context: RequestContext,
  identities: Identities,
): string[] {
  const { strategy } = info;
  fillIdentity(info, object, namespace, context, identities);
  strategy.setDefaults?.(object);
  strategy.prepareForCreate?.(object, context);
  if (strategy.hasGeneration === true) object.metadata.generation = 1;
  else delete object.metadata.generation;
  const errors = [
    ...validateObjectMeta(object.metadata, {
      namespaced: info.namespaced,
      validateName: (name, prefix) => strategy.validateName?.(name, prefix) ?? [],
      path: 'metadata',
    }),
    ...(strategy.allowsBareFinalizers === true
      ? []
      : validateFinalizerNames(object.metadata.finalizers, 'metadata.finalizers')),
    ...(strategy.validate?.(object) ?? []),
  ];
  if (errors.length > 0) {
    throw newInvalid(info.group, info.kind, object.metadata.name ?? '', errors);
  }
  const warnings = strategy.warnings?.(object, null) ?? [];
  strategy.canonicalize?.(object);
  return warnings;
}

function fillIdentity(
  info: ResourceInfo,
  object: KubernetesObject,
  namespace: string,
  context: RequestContext,
  identities: Identities,
): void {
  const { metadata } = object;
  if (info.namespaced) {
    if (metadata.namespace !== undefined && metadata.namespace !== '') {
      if (metadata.namespace !== namespace) {
        throw newBadRequest(
          'the namespace of the provided object does not match the namespace sent on the request',
        );
      }
    }
    metadata.namespace = namespace;
  } else if (metadata.namespace !== undefined && metadata.namespace !== '') {
    throw newInvalid(info.group, info.kind, metadata.name ?? '', [
      invalid('metadata.namespace', metadata.namespace, 'not allowed on this type'),
    ]);
  } else {
    delete metadata.namespace;
  }
  if ((metadata.name ?? '') === '' && (metadata.generateName ?? '') !== '') {
    metadata.name = generateName(metadata.generateName ?? '', identities);
  }
  metadata.uid = identities.uid();
  metadata.creationTimestamp = formatTime(context.now);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.resourceVersion;
  delete metadata.selfLink;
}

/** A name from a prefix, shortened so that the result stays a valid label. */
export function generateName(prefix: string, identities: Identities): string {
  return prefix.slice(0, MAX_GENERATE_NAME_PREFIX) + identities.nameSuffix();
}
