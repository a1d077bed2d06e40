import type { MetThreshold, PressureType } from './signals.ts';
import { PRESSURE_OF } from './signals.ts';

/** Kubelet's evictionPressureTransitionPeriod: so long a pressure counts after it was last seen. */
const TRANSITION_PERIOD_MS = 300_000;

export interface Pressure {
  readonly lastSeenAtMs: number;
  /** When it began to be, or not to be, so. */
  readonly changedAtMs: number;
  readonly active: boolean;
}
export type Pressures = Readonly<Record<PressureType, Pressure>>;

export function noPressures(now: number): Pressures {
  const none = { lastSeenAtMs: -Infinity, changedAtMs: now, active: false };
  return { MemoryPressure: none, DiskPressure: none };
}

/** What holds after a look at the machine. */
export function nextPressures(
  before: Pressures,
  met: readonly MetThreshold[],
  now: number,
): Pressures {
  const next = (type: PressureType): Pressure => {
    const seen = met.some(({ signal }) => PRESSURE_OF[signal] === type);
    const lastSeenAtMs = seen ? now : before[type].lastSeenAtMs;
    const active = now - lastSeenAtMs < TRANSITION_PERIOD_MS;
    const changedAtMs = active === before[type].active ? before[type].changedAtMs : now;
    return { lastSeenAtMs, changedAtMs, active };
  };
  return { MemoryPressure: next('MemoryPressure'), DiskPressure: next('DiskPressure') };
}

export function activePressures(pressures: Pressures): PressureType[] {
  const types = Object.keys(pressures) as PressureType[];
  return types.filter((type) => pressures[type].active).sort();
}
