import { findCondition } from '../../../apimachinery/conditions.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { Node } from '../kinds.ts';

/** Nodes with this label do not count when a zone's health is judged. */
const EXCLUDED_LABEL = 'node.kubernetes.io/exclude-disruption';

export interface NodeHealth {
  readonly status: 'True' | 'False' | 'Unknown';
  /** As the condition has it; '' where it says nothing. */
  readonly transitionTime: string;
}

/** The condition Ready; null for a node that never reported. */
export function healthOf({ status }: Node): NodeHealth | null {
  const conditions = (status?.conditions ?? []) as readonly Condition[];
  const ready = findCondition(conditions, 'Ready');
  if (ready === undefined) return null;
  return {
    status: ready.status === 'True' || ready.status === 'False' ? ready.status : 'Unknown',
    transitionTime: ready.lastTransitionTime ?? '',
  };
}

export const isReady = (node: Node): boolean => healthOf(node)?.status === 'True';

export const isCounted = ({ metadata }: Node): boolean =>
  metadata.labels?.[EXCLUDED_LABEL] === undefined;

/** Milliseconds since the epoch; 0 for what is no time. */
export function timeOf(text: string | undefined): number {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? 0 : time;
}
