import type { PodSpec, Toleration } from 'kubernetes-types/core/v1.js';
import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { validatePodSpec } from './validate-spec.ts';

const LENGTH_MESSAGE = 'pod updates may not add or remove containers';
const CHANGE_MESSAGE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/**
 * What may change in the spec of a pod that exists: images, an earlier deadline, more tolerations,
 * scheduling gates that open (pkg/apis/core/validation, ValidatePodUpdate).
 */
export function validatePodUpdate(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const spec = object.spec as PodSpec;
  const before = old.spec as PodSpec;
  const errors = validatePodSpec(spec, 'spec', 'pod');
  if ((spec.containers ?? []).length !== (before.containers ?? []).length) {
    return [forbidden('spec.containers', LENGTH_MESSAGE), ...errors];
  }
  if ((spec.initContainers ?? []).length !== (before.initContainers ?? []).length) {
    return [forbidden('spec.initContainers', LENGTH_MESSAGE), ...errors];
  }
  errors.push(...validateDeadline(spec, before));
  errors.push(...validateTolerationsGrow(spec.tolerations ?? [], before.tolerations ?? []));
  errors.push(...validateGatesOpen(spec, before));
  if (!deepEqual(withChangeable(spec, before), before)) {
    errors.push(forbidden('spec', CHANGE_MESSAGE));
  }
  return errors;
}

/** The new spec with everything that may change as it was before. */
function withChangeable(spec: PodSpec, before: PodSpec): PodSpec {
  const images = (list: 'containers' | 'initContainers') =>
    spec[list]?.map((container, i) => {
      const image = before[list]?.[i]?.image;
      return image === undefined ? container : { ...container, image };
    });
  const grace =
    (before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1
      ? before.terminationGracePeriodSeconds
      : spec.terminationGracePeriodSeconds;
  const masked: Record<string, unknown> = {
    ...spec,
    containers: images('containers'),
    initContainers: images('initContainers'),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    tolerations: before.tolerations,
    schedulingGates: before.schedulingGates,
    terminationGracePeriodSeconds: grace,
    // A gated pod is not placed yet, so where it may go can still be narrowed.
    ...((before.schedulingGates ?? []).length > 0
      ? { nodeSelector: before.nodeSelector, affinity: before.affinity }
      : {}),
  };
  return Object.fromEntries(
    Object.entries(masked).filter(([, value]) => value !== undefined),
  ) as unknown as PodSpec;
}

function validateDeadline(spec: PodSpec, before: PodSpec): FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  const [now, then] = [spec.activeDeadlineSeconds, before.activeDeadlineSeconds];
  if (now === undefined) {
    return then === undefined
      ? []
      : [invalid(field, null, 'must not update from a positive integer to nil value')];
  }
  if (then !== undefined && now > then) {
    return [invalid(field, now, `must be less than or equal to previous value`)];
  }
  return [];
}

function validateTolerationsGrow(
  now: readonly Toleration[],
  before: readonly Toleration[],
): FieldError[] {
  const isSame = (a: Toleration, b: Toleration): boolean =>
    deepEqual({ ...a, tolerationSeconds: 0 }, { ...b, tolerationSeconds: 0 });
  return before.every((old) => now.some((toleration) => isSame(toleration, old)))
    ? []
    : [
        forbidden(
          'spec.tolerations',
          'existing toleration can not be modified except its tolerationSeconds',
        ),
      ];
}

function validateGatesOpen(spec: PodSpec, before: PodSpec): FieldError[] {
  const names = (s: PodSpec): string[] => (s.schedulingGates ?? []).map((gate) => gate.name);
  const allowed = new Set(names(before));
  return names(spec)
    .filter((name) => !allowed.has(name))
    .map(() =>
      forbidden('spec.schedulingGates', 'only deletion is allowed, but found new scheduling gate'),
    );
}
