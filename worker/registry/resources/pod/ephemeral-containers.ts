import { type FieldError, forbidden } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { SubresourceStrategy } from '../../strategy.ts';
import { setContainerDefaults } from './container-defaults.ts';
import {
  MIRROR_POD,
  validateAnnotationsKept,
  validatePodAnnotations,
} from './validate-annotations.ts';
import { podSpecOf, validatePodItself } from './validate-pod.ts';

/** `pods/ephemeralcontainers`: containers are added to debug a pod, and stay as they are. */
export const EPHEMERAL_CONTAINERS_SUBRESOURCE: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const { ephemeralContainers } = podSpecOf(object);
    for (const container of ephemeralContainers ?? []) setContainerDefaults(container);
    const { managedFields } = object.metadata;
    object.metadata = {
      ...old.metadata,
      ...(managedFields === undefined ? {} : { managedFields }),
    };
    const { ephemeralContainers: _before, ...spec } = podSpecOf(old);
    object.spec = {
      ...spec,
      ...(ephemeralContainers === undefined ? {} : { ephemeralContainers }),
    };
    if (old.status !== undefined) object.status = old.status;
  },
  validateUpdate: validateEphemeralContainersUpdate,
};

function validateEphemeralContainersUpdate(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  if (old.metadata.annotations?.[MIRROR_POD] !== undefined) {
    return [forbidden('', 'static pods do not support ephemeral containers')];
  }
  const spec = podSpecOf(object);
  const errors = [
    ...validatePodItself(object),
    ...validateAnnotationsKept(object, old),
    ...validatePodAnnotations(object.metadata.annotations, spec, 'metadata.annotations'),
  ];
  const field = 'spec.ephemeralContainers';
  const now = new Map((spec.ephemeralContainers ?? []).map((c) => [c.name, c]));
  for (const before of podSpecOf(old).ephemeralContainers ?? []) {
    const container = now.get(before.name);
    const name = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (container === undefined) errors.push(forbidden(field, `${name} may not be removed\n`));
    else if (!deepEqual(container, before)) {
      errors.push(forbidden(field, `${name} may not be changed\n`));
    }
  }
  return errors;
}
