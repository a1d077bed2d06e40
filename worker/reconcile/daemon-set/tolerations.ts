import type { PodSpec, Toleration } from '../kinds.ts';

const exists = (key: string, effect: string): Toleration => ({ key, operator: 'Exists', effect });

/** Conditions of a node that do not keep daemons from it, nor drive them away. */
const ALWAYS: readonly Toleration[] = [
  exists('node.kubernetes.io/not-ready', 'NoExecute'),
  exists('node.kubernetes.io/unreachable', 'NoExecute'),
  exists('node.kubernetes.io/disk-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/memory-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/pid-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/unschedulable', 'NoSchedule'),
];
const HOST_NETWORK = exists('node.kubernetes.io/network-unavailable', 'NoSchedule');

/** The tolerations of a daemon: its template's, with those that every daemon has. */
export function daemonTolerations({
  tolerations = [],
  hostNetwork,
}: Partial<PodSpec>): readonly Toleration[] {
  const added = hostNetwork === true ? [...ALWAYS, HOST_NETWORK] : ALWAYS;
  return added.reduce<readonly Toleration[]>((list, toleration) => {
    // One of the template's for a limited time becomes one without a limit.
    const isThere = list.some((other) => isSame(other, toleration));
    return isThere
      ? list.map((other) => (isSame(other, toleration) ? toleration : other))
      : [...list, toleration];
  }, tolerations);
}

function isSame(a: Toleration, b: Toleration): boolean {
  return (
    a.key === b.key &&
    a.operator === b.operator &&
    a.effect === b.effect &&
    (a.value ?? '') === (b.value ?? '')
  );
}
