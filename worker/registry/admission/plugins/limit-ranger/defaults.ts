import type { LimitRangeItem } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import type { ContainerFields, PodFields } from '../../../resources/pod/fields.ts';

/** Tells what a pod did not ask for itself. */
const ANNOTATION = 'kubernetes.io/limit-ranger';

export const limitsOf = (range: KubernetesObject): readonly Partial<LimitRangeItem>[] =>
  ((range.spec ?? {}) as { limits?: Partial<LimitRangeItem>[] }).limits ?? [];

/** Gives containers what the range has for those that do not say. Changes `pod` in place. */
export function setLimitDefaults(range: KubernetesObject, pod: KubernetesObject): void {
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const limit of limitsOf(range)) {
    if (limit.type !== 'Container') continue;
    Object.assign(requests, limit.defaultRequest);
    Object.assign(limits, limit.default);
  }
  const spec: PodFields = pod.spec ?? {};
  const texts = [
    ...(spec.containers ?? []).flatMap((c) => setDefaults(c, 'container', requests, limits)),
    ...(spec.initContainers ?? []).flatMap((c) =>
      setDefaults(c, 'init container', requests, limits),
    ),
  ];
  if (texts.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${texts.join('; ')}`,
  };
}

type List = Readonly<Record<string, string>>;

/** @returns what was set, in the words of the annotation. */
function setDefaults(
  container: ContainerFields,
  what: string,
  requests: List,
  limits: List,
): string[] {
  const asked = container.resources ?? {};
  const missing = (defaults: List, list: List | undefined): string[] =>
    Object.keys(defaults)
      .filter((name) => list?.[name] === undefined)
      .sort();
  const missed = {
    request: missing(requests, asked.requests),
    limit: missing(limits, asked.limits),
  };
  if (missed.request.length > 0) asked.requests = { ...requests, ...asked.requests };
  if (missed.limit.length > 0) asked.limits = { ...limits, ...asked.limits };
  if (missed.request.length + missed.limit.length > 0) container.resources = asked;
  return (['request', 'limit'] as const)
    .filter((list) => missed[list].length > 0)
    .map((list) => `${missed[list].join(', ')} ${list} for ${what} ${container.name}`);
}
