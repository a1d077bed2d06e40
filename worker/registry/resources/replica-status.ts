import { type FieldError, invalid } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { notNegative } from './workload.ts';

type Counts = Readonly<Record<string, number | undefined>>;

const countsOf = (object: KubernetesObject): Counts => (object.status ?? {}) as Counts;

/** None of the named counts in a status is below zero. */
export function validateCounts(object: KubernetesObject, names: readonly string[]): FieldError[] {
  const counts = countsOf(object);
  return names.flatMap((name) => notNegative(counts[name], `status.${name}`));
}

/** Of the replicas that there are, only so many can be ready, or up to date. */
export function validateWithinReplicas(
  object: KubernetesObject,
  names: readonly string[],
): FieldError[] {
  const counts = countsOf(object);
  const replicas = counts.replicas ?? 0;
  return names.flatMap((name) => {
    const count = counts[name] ?? 0;
    return count > replicas
      ? [invalid(`status.${name}`, count, 'cannot be greater than status.replicas')]
      : [];
  });
}

/** What is available is ready; `text` differs between kinds. */
export function validateAvailableAreReady(object: KubernetesObject, text: string): FieldError[] {
  const { availableReplicas = 0, readyReplicas = 0 } = countsOf(object);
  return availableReplicas > readyReplicas
    ? [invalid('status.availableReplicas', availableReplicas, text)]
    : [];
}

/** The count of hash collisions only grows: it is part of names. */
export function validateCollisionCount(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const now = countsOf(object).collisionCount;
  const before = countsOf(old).collisionCount;
  const decremented = before !== undefined && (now === undefined || now < before);
  return decremented ? [invalid('status.collisionCount', now ?? 0, 'cannot be decremented')] : [];
}
