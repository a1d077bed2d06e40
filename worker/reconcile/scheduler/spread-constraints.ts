import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import type { PodSpec } from '../kinds.ts';

/** One topologySpreadConstraint with its defaults filled in. It is about pods of the pod's namespace. */
export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly labels?: LabelSelectorSource;
  /** Whether nodes that the pod's node affinity refuses are left out of the count. */
  readonly honorsAffinity: boolean;
  /** Whether nodes with taints that the pod does not tolerate are left out of the count. */
  readonly honorsTaints: boolean;
}

export interface Spreading {
  /** DoNotSchedule. */
  readonly required?: readonly SpreadConstraint[];
  /** ScheduleAnyway. */
  readonly preferred?: readonly SpreadConstraint[];
  /** The preferred ones are the system's defaults: nodes without the labels take part, too. */
  readonly isDefault?: true;
}

export const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

/** Upstream's `systemDefaultConstraints` (plugins/podtopologyspread/plugin.go). */
const SYSTEM_DEFAULTS: readonly { topologyKey: string; maxSkew: number }[] = [
  { topologyKey: HOSTNAME, maxSkew: 3 },
  { topologyKey: ZONE, maxSkew: 5 },
];

/**
 * Reads the constraints of a pod. One that has none is spread by the system's defaults over the pods
 * of `siblings`, the selector of its services and its controller; without that, not at all.
 */
export function spreadingOf(spec: PodSpec, siblings: LabelSelectorSource | undefined): Spreading {
  const { topologySpreadConstraints = [] } = spec;
  if (topologySpreadConstraints.length === 0) {
    if (siblings === undefined) return {};
    const preferred = SYSTEM_DEFAULTS.map((each) => ({ ...each, ...PLAIN, labels: siblings }));
    return { preferred, isDefault: true };
  }
  const pick = (action: string): SpreadConstraint[] =>
    topologySpreadConstraints
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
      .map((constraint) => ({
        topologyKey: constraint.topologyKey,
        maxSkew: constraint.maxSkew,
        minDomains: constraint.minDomains ?? 1,
        ...(constraint.labelSelector === undefined ? {} : { labels: constraint.labelSelector }),
        honorsAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
        honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
      }));
  const required = pick('DoNotSchedule');
  const preferred = pick('ScheduleAnyway');
  return {
    ...(required.length === 0 ? {} : { required }),
    ...(preferred.length === 0 ? {} : { preferred }),
  };
}

const PLAIN = { minDomains: 1, honorsAffinity: true, honorsTaints: false } as const;
