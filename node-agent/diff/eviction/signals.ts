import { parseQuantity } from '../../../apimachinery/quantity.ts';

/** What runs out, as kubelet's `evictionHard` calls it. The order is that in which it is looked after. */
export const SIGNALS = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
] as const;
export type Signal = (typeof SIGNALS)[number];

export type PressureType = 'MemoryPressure' | 'DiskPressure';

/** What pods use of it. */
export type ReclaimedResource = 'memory' | 'ephemeral-storage' | 'inodes';

export const PRESSURE_OF: Readonly<Record<Signal, PressureType>> = {
  'memory.available': 'MemoryPressure',
  'nodefs.available': 'DiskPressure',
  'nodefs.inodesFree': 'DiskPressure',
  'imagefs.available': 'DiskPressure',
  'imagefs.inodesFree': 'DiskPressure',
};

export const RESOURCE_OF: Readonly<Record<Signal, ReclaimedResource>> = {
  'memory.available': 'memory',
  'nodefs.available': 'ephemeral-storage',
  'nodefs.inodesFree': 'inodes',
  'imagefs.available': 'ephemeral-storage',
  'imagefs.inodesFree': 'inodes',
};

export interface Observation {
  readonly available: number;
  readonly capacity: number;
}
/** What could be read of the machine; a signal without an observation is not looked after. */
export type Observations = Partial<Readonly<Record<Signal, Observation>>>;

/** A quantity, or a part of the capacity as in `10%`. */
export type Thresholds = Partial<Readonly<Record<Signal, string>>>;

/** Kubelet's on Linux. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
};

export interface MetThreshold {
  readonly signal: Signal;
  readonly quantity: number;
  readonly available: number;
}

/** @throws Error for what is neither a quantity nor a percentage */
export function thresholdQuantity(threshold: string, capacity: number): number {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(threshold)?.[1];
  if (percent === undefined) return Number(parseQuantity(threshold).toValue());
  return Math.floor((capacity * Number(percent)) / 100);
}

/** Thresholds of which less is left than they say. */
export function metThresholds(thresholds: Thresholds, observations: Observations): MetThreshold[] {
  return SIGNALS.flatMap((signal) => {
    const threshold = thresholds[signal];
    const observed = observations[signal];
    if (threshold === undefined || observed === undefined) return [];
    const quantity = thresholdQuantity(threshold, observed.capacity);
    const { available } = observed;
    return available < quantity ? [{ signal, quantity, available }] : [];
  });
}
