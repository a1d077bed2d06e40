import type { ObjectMeta } from '../../../../../apimachinery/meta.ts';
import {
  type ContainerFields,
  type PodFields,
  visitContainers,
} from '../../../resources/pod/fields.ts';

/** What of a pod, or of the template of one, a check sees. */
export interface CheckedPod {
  readonly metadata: Pick<ObjectMeta, 'annotations'>;
  readonly spec: PodFields;
}

/** In upstream's words: the reason, and what in the pod it is. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export type CheckPod = (pod: CheckedPod) => Violation | null;

/**
 * One rule of the standards. Every level includes the rules of those before it, and a rule is what
 * it was in the version that is asked for (k8s.io/pod-security-admission/policy).
 */
export interface Check {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** By the minor version since which the rule is such, in their order. */
  readonly versions: readonly { readonly since: number; readonly check: CheckPod }[];
  /** Rules of the level before that this one takes the place of. */
  readonly overrides?: readonly string[];
}

export const containersOf = (spec: PodFields): ContainerFields[] =>
  visitContainers(spec, '').map(({ container }) => container);

/** Names of the containers for which it is true. */
export const containersWhere = (
  spec: PodFields,
  isBad: (container: ContainerFields) => boolean,
): string[] =>
  containersOf(spec)
    .filter(isBad)
    .map(({ name }) => name);

export const joinQuote = (items: readonly string[]): string =>
  items.map((item) => `"${item}"`).join(', ');

export const plural = (count: number, one: string, many = `${one}s`): string =>
  count === 1 ? one : many;

export const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();

/** `container "a"`, `containers "a", "b"`. */
export const containersText = (names: readonly string[]): string =>
  `${plural(names.length, 'container')} ${joinQuote(names)}`;

/** Who sets something that may not be set: `pod and container "a"`; '' for nobody. */
export function settersText(isPodBad: boolean, badContainers: readonly string[]): string {
  const setters = isPodBad ? ['pod'] : [];
  if (badContainers.length > 0) setters.push(containersText(badContainers));
  return setters.join(' and ');
}

/** Windows knows none of what some rules are about; these are since 1.25 of Linux alone. */
export const exceptOnWindows =
  (check: CheckPod): CheckPod =>
  (pod) =>
    pod.spec.os?.name === 'windows' ? null : check(pod);

/** Root in a user namespace of the pod's own is nobody outside of it (KEP-127). */
export const exceptInUserNamespace =
  (check: CheckPod): CheckPod =>
  (pod) =>
    pod.spec.hostUsers === false ? null : check(pod);
