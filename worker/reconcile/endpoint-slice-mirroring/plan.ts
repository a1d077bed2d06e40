import type { Endpoints } from '../endpoints/plan.ts';
import { replaceSlice, recycle, deletion, writesOf } from '../endpoint-slice/recycle.ts';
import { hasSelector } from '../endpoint-slice/service-facts.ts';
import type { EndpointSlice } from '../endpoint-slice/slice.ts';
import type { Service } from '../kinds.ts';
import type { EventRecord, Plan } from '../planner.ts';
import { isSameMirror, MAX_ENDPOINTS_PER_SUBSET, mirror, sliceKey } from './mirror.ts';
import type { Mirrored } from './mirror.ts';

const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

export interface ObservedMirror {
  readonly endpoints: Endpoints | null;
  readonly service: Service | null;
  /** That this controller made for the Endpoints. */
  readonly slices: readonly EndpointSlice[];
  readonly namespaceTerminating: boolean;
}

/** Endpoints that were made by hand for a service are shown as slices. */
export function planMirror({
  endpoints,
  service,
  slices,
  namespaceTerminating,
}: ObservedMirror): Plan {
  if (endpoints === null || service === null || hasSelector(service) || !isMirrored(endpoints)) {
    return { writes: slices.map(deletion) };
  }
  const wanted = mirror(endpoints);
  const byKey = Map.groupBy(slices, sliceKey);
  const create: EndpointSlice[] = [];
  const update: EndpointSlice[] = [];
  const remove: EndpointSlice[] = [];
  for (const [key, next] of wanted.slices) {
    const [first, ...others] = byKey.get(key) ?? [];
    remove.push(...others);
    if (first === undefined) create.push(next);
    else if (!isSameMirror(first, next)) update.push(replaceSlice(first, next));
  }
  for (const [key, strays] of byKey) if (!wanted.slices.has(key)) remove.push(...strays);
  const changes = recycle({ create, update, remove }, () => true);
  const isGoing = namespaceTerminating || endpoints.metadata.deletionTimestamp !== undefined;
  const writes = writesOf({ ...changes, create: isGoing ? [] : changes.create });
  const events = writes.length === 0 ? [] : eventsOf(endpoints, wanted);
  return { writes, ...(events.length === 0 ? {} : { events }) };
}

function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[SKIP_MIRROR] !== 'true' && metadata.annotations?.[LEADER] === undefined;
}

function eventsOf(regarding: Endpoints, { invalid, skipped }: Mirrored): EventRecord[] {
  const events: EventRecord[] = [];
  if (invalid > 0) {
    const message = `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`;
    events.push({ regarding, type: 'Warning', reason: 'InvalidIPAddress', message });
  }
  if (skipped > invalid) {
    const message = `A max of ${MAX_ENDPOINTS_PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
    events.push({ regarding, type: 'Warning', reason: 'TooManyAddressesToMirror', message });
  }
  return events;
}
