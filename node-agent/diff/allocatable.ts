import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { Thresholds } from './eviction/signals.ts';
import { thresholdQuantity } from './eviction/signals.ts';

/** What may be kept from pods, as kubelet's `systemReserved` and `kubeReserved` call it. */
export const RESERVABLE = ['cpu', 'memory', 'ephemeral-storage'] as const;
export type Reservation = Partial<Readonly<Record<(typeof RESERVABLE)[number], string>>>;

/** What a node is not let run lower than, so that pods cannot be promised it. */
const KEPT_FREE = {
  cpu: undefined,
  memory: 'memory.available',
  'ephemeral-storage': 'nodefs.available',
} as const;

export interface AllocatableInput {
  readonly capacity: Readonly<Record<string, string>>;
  readonly reservations: readonly Reservation[];
  readonly thresholds: Thresholds;
}

/**
 * What pods may be given of a node: what is left of it beside what is reserved and what eviction keeps
 * free, and never less than nothing (kubelet, getNodeAllocatableAbsolute).
 *
 * @returns quantities by resources, those that nothing is kept of as they are
 */
export function allocatableOf(input: AllocatableInput): Record<string, string> {
  const { capacity, reservations, thresholds } = input;
  const allocatable: Record<string, string> = { ...capacity };
  for (const resource of RESERVABLE) {
    const whole = milliOf(capacity[resource] ?? '0');
    const signal = KEPT_FREE[resource];
    const threshold = (signal === undefined ? undefined : thresholds[signal]) ?? '0';
    const keptFree = BigInt(thresholdQuantity(threshold, Number(whole / 1000n))) * 1000n;
    const reserved = reservations.map((reservation) => milliOf(reservation[resource] ?? '0'));
    const kept = reserved.reduce((sum, milli) => sum + milli, keptFree);
    if (kept === 0n) continue;
    allocatable[resource] = textOf(resource, whole > kept ? whole - kept : 0n);
  }
  return allocatable;
}

const milliOf = (text: string): bigint => parseQuantity(text).nano / 1_000_000n;

/** As kubelet writes it: cores in thousandths, memory in Ki, storage in bytes. */
function textOf(resource: (typeof RESERVABLE)[number], milli: bigint): string {
  if (resource === 'cpu') return milli % 1000n === 0n ? `${milli / 1000n}` : `${milli}m`;
  const bytes = milli / 1000n;
  return resource === 'memory' ? `${bytes / 1024n}Ki` : `${bytes}`;
}
