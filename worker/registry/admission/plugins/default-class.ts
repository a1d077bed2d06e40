import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/**
 * The class that is used where none is named: of several, the youngest, and of equally old ones the
 * first by name.
 *
 * @param annotations any of which, when `true`, makes a class one of those.
 */
export function defaultClass(
  classes: readonly KubernetesObject[],
  annotations: readonly string[],
): KubernetesObject | null {
  const [first = null] = classes
    .filter(({ metadata }) => annotations.some((key) => metadata.annotations?.[key] === 'true'))
    .sort((a, b) => byAge(b, a) || (nameOf(a) < nameOf(b) ? -1 : 1));
  return first;
}

const nameOf = ({ metadata }: KubernetesObject): string => metadata.name ?? '';

function byAge({ metadata: a }: KubernetesObject, { metadata: b }: KubernetesObject): number {
  const [left = '', right = ''] = [a.creationTimestamp, b.creationTimestamp];
  return left === right ? 0 : left < right ? -1 : 1;
}
