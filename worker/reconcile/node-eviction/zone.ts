import type { Node } from '../kinds.ts';

/** Part of a zone's nodes not ready, from which on something is wrong with the zone. */
const UNHEALTHY_SHARE = 0.55;
/** So few lost nodes say nothing about a zone. */
const MAX_STRAY_NODES = 2;
/** Zones with more nodes go on evicting while they are partly disrupted. */
const LARGE_ZONE = 50;
/** Between two nodes of a zone: upstream's 0.1 nodes a second. Milliseconds. */
const INTERVAL_MS = 10_000;
/** The same while a large zone is partly disrupted: 0.01 nodes a second. Milliseconds. */
const SLOW_INTERVAL_MS = 100_000;

/**
 * Upstream's zone states (pkg/controller/nodelifecycle): all nodes are gone, more than can be
 * chance, or what may happen.
 */
export type ZoneState = 'full' | 'partial' | 'normal';

export interface ZoneHealth {
  readonly ready: number;
  readonly unready: number;
}

export function zoneState({ ready, unready }: ZoneHealth): ZoneState {
  if (ready === 0 && unready > 0) return 'full';
  const isTooMany = unready / (unready + ready) >= UNHEALTHY_SHARE;
  return unready > MAX_STRAY_NODES && isTooMany ? 'partial' : 'normal';
}

/** Milliseconds between two nodes of a zone whose pods are told to go; null for not at all. */
export function evictionIntervalMs(health: ZoneHealth): number | null {
  if (zoneState(health) !== 'partial') return INTERVAL_MS;
  return health.ready + health.unready > LARGE_ZONE ? SLOW_INTERVAL_MS : null;
}

/** What nodes of one zone have in common; the same for all nodes without zone and region. */
export function zoneOf({ metadata: { labels = {} } }: Node): string {
  const region =
    labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'];
  const zone =
    labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'];
  return JSON.stringify([region ?? '', zone ?? '']);
}
