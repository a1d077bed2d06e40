import type { Pod } from '../kinds.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';

export type PodsByNode = ReadonlyMap<string, readonly Pod[]>;

const NAME_FIELD = 'metadata.name';

/** The node that a daemon is on or is meant for; null where neither can be told. */
export function targetNode({ spec }: Pod): string | null {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const field = (required?.nodeSelectorTerms ?? [])
    .flatMap(({ matchFields = [] }) => matchFields)
    .find(({ key, operator }) => key === NAME_FIELD && operator === 'In');
  const [name, ...others] = field?.values ?? [];
  return name === undefined || others.length > 0 ? null : name;
}

/**
 * The set's pods on every node, the one that counts first: those that are bound, then the oldest.
 * Pods that have ended and are only waiting to be removed are nobody's business any more.
 */
export function podsByNode(pods: readonly Pod[]): PodsByNode {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined) continue;
    const node = targetNode(pod);
    if (node !== null) byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  for (const list of byNode.values()) list.sort(compare);
  return byNode;
}

function compare(a: Pod, b: Pod): number {
  const [bound, otherBound] = [a.spec.nodeName ? 0 : 1, b.spec.nodeName ? 0 : 1];
  return (
    bound - otherBound ||
    createdAt(a) - createdAt(b) ||
    (a.metadata.name < b.metadata.name ? -1 : 1)
  );
}

function createdAt({ metadata }: Pod): number {
  const time = Date.parse(metadata.creationTimestamp ?? '');
  return Number.isNaN(time) ? 0 : time;
}
