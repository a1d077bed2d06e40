import type { PodSpec } from 'kubernetes-types/core/v1.js';
import { type FieldError, forbidden } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { PodFields } from './fields.ts';
import { validateProfilesMatch } from './security-profiles.ts';
import { validatePodAnnotations } from './validate-annotations.ts';
import { validateImageTrimmed } from './validate-container.ts';
import { validatePodSpec } from './validate-spec.ts';

export const podSpecOf = (object: KubernetesObject): PodFields => object.spec ?? {};

/** The rules of a pod by itself, on creation and on every change (validatePodMetadataAndSpec). */
export function validatePodItself(object: KubernetesObject): FieldError[] {
  const spec = podSpecOf(object);
  const { name, annotations } = object.metadata;
  return [
    ...validatePodAnnotations(annotations, spec, 'metadata.annotations'),
    ...validatePodSpec(spec as PodSpec, 'spec', {
      isPod: true,
      ...(name ? { podName: name } : {}),
    }),
    ...validateTokens(spec),
    ...(['containers', 'initContainers'] as const).flatMap((list) =>
      (spec[list] ?? []).flatMap((container, i) =>
        validateImageTrimmed(container, `spec.${list}[${i}]`),
      ),
    ),
  ];
}

/** Whose tokens would they be? */
function validateTokens(spec: PodFields): FieldError[] {
  if (spec.serviceAccountName) return [];
  const detail = 'must not be specified when serviceAccountName is not set';
  return (spec.volumes ?? []).flatMap(({ projected }, i) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, j) =>
      serviceAccountToken === undefined
        ? []
        : [forbidden(`spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`, detail)],
    ),
  );
}

/** The rules of a new pod (ValidatePodCreate). */
export function validatePod(object: KubernetesObject): FieldError[] {
  const spec = podSpecOf(object);
  const errors = validatePodItself(object);
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  }
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    const detail = 'cannot be set until all schedulingGates have been cleared';
    errors.push(forbidden('spec.nodeName', detail));
  }
  return [...errors, ...validateProfilesMatch(object.metadata.annotations, spec, 'spec')];
}
