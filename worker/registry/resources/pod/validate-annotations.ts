import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { PodFields } from './fields.ts';
import { APPARMOR_CONTAINER, validateProfileAnnotations } from './security-profiles.ts';

/** Says that the pod is the image of one that a node has from elsewhere. */
export const MIRROR_POD = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
/** Decimal without a plus and without leading zeros (pkg/apis/core/helper). */
const COST = /^(0|-?[1-9][0-9]*)$/;

type Annotations = Readonly<Record<string, string>> | undefined;

/** Annotations that mean something for pods (ValidatePodSpecificAnnotations). */
export function validatePodAnnotations(
  annotations: Annotations,
  spec: PodFields,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const mirror = annotations?.[MIRROR_POD];
  if (mirror !== undefined && !spec.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalid(`${path}[${MIRROR_POD}]`, mirror, detail));
  }
  const cost = annotations?.[DELETION_COST];
  if (cost !== undefined && !isInt32(cost)) {
    errors.push(invalid(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer'));
  }
  return [...errors, ...validateProfileAnnotations(annotations, spec, path)];
}

function isInt32(text: string): boolean {
  const value = Number(text);
  return COST.test(text) && value >= -(2 ** 31) && value < 2 ** 31;
}

/** What stays as it was on creation. */
export function validateAnnotationsKept(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const now = object.metadata.annotations ?? {};
  const before = old.metadata.annotations ?? {};
  const errors: FieldError[] = [];
  const refuse = (key: string, appArmor: string, mirror: string): void => {
    const field = `metadata.annotations[${key}]`;
    if (key.startsWith(APPARMOR_CONTAINER)) errors.push(forbidden(field, appArmor));
    if (key === MIRROR_POD) errors.push(forbidden(field, mirror));
  };
  for (const [key, value] of Object.entries(before)) {
    if (now[key] === value) continue;
    refuse(
      key,
      'may not remove or update AppArmor annotations',
      'may not remove or update mirror pod annotation',
    );
  }
  for (const key of Object.keys(now)) {
    if (Object.hasOwn(before, key)) continue;
    refuse(key, 'may not add AppArmor annotations', 'may not add mirror pod annotation');
  }
  return errors;
}
