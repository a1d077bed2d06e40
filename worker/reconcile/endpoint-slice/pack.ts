import type { Service } from '../kinds.ts';
import type { PortGroup } from './desired.ts';
import {
  endpointKey,
  endpointsOf,
  hasLabelsOf,
  isSameState,
  MAX_ENDPOINTS_PER_SLICE,
  newSlice,
  sliceLabels,
} from './slice.ts';
import type { Endpoint, EndpointSlice } from './slice.ts';

export interface SliceChanges {
  readonly create: EndpointSlice[];
  readonly update: EndpointSlice[];
  readonly remove: EndpointSlice[];
  /** Endpoints that are new, or that came to serve or ceased to. */
  readonly changed: readonly Endpoint[];
}

/**
 * Puts the endpoints of one group into slices so that few slices change: what is there stays where
 * it is; what is new goes into slices that change anyway, the fullest first; then what is left into
 * one slice that has room for all of it, the one that it fills best; then into new ones.
 */
export function packGroup(
  service: Service,
  addressType: string,
  existing: readonly EndpointSlice[],
  group: PortGroup,
): SliceChanges {
  const left = new Map(group.endpoints);
  const changed: Endpoint[] = [];
  const update: EndpointSlice[] = [];
  const remove: EndpointSlice[] = [];
  const unchanged: EndpointSlice[] = [];
  for (const slice of existing) {
    const { endpoints, isSame, served } = keepDesired(slice, left);
    changed.push(...served);
    if (!isSame && endpoints.length === 0) remove.push(slice);
    else if (isSame && hasLabelsOf(slice, service)) unchanged.push(slice);
    else update.push(withEndpoints(slice, service, endpoints));
  }
  const added = [...left.values()];
  changed.push(...added);

  update.sort((a, b) => endpointsOf(b).length - endpointsOf(a).length);
  for (const slice of update) fill(slice, added);
  const create: EndpointSlice[] = [];
  while (added.length > 0) {
    const roomy = added.length < MAX_ENDPOINTS_PER_SLICE ? bestFit(unchanged, added.length) : null;
    const slice =
      roomy === null
        ? newSlice(service, addressType, group.ports)
        : withEndpoints(roomy, service, endpointsOf(roomy));
    (roomy === null ? create : update).push(slice);
    fill(slice, added);
  }
  return { create, update, remove, changed };
}

/** The endpoints of a slice that are still desired, in their present state; takes them off `left`. */
function keepDesired(
  slice: EndpointSlice,
  left: Map<string, Endpoint>,
): { endpoints: Endpoint[]; isSame: boolean; served: Endpoint[] } {
  const endpoints: Endpoint[] = [];
  const served: Endpoint[] = [];
  let isSame = true;
  for (const old of endpointsOf(slice)) {
    const key = endpointKey(old);
    const next = left.get(key);
    left.delete(key);
    isSame &&= next !== undefined && isSameState(old, next);
    if (next === undefined) continue;
    endpoints.push(next);
    if (old.conditions?.serving !== next.conditions?.serving) served.push(next);
  }
  return { endpoints, isSame, served };
}

/** Moves endpoints into a slice until it is full. */
function fill(slice: EndpointSlice, added: Endpoint[]): void {
  const room = MAX_ENDPOINTS_PER_SLICE - endpointsOf(slice).length;
  slice.endpoints = [...endpointsOf(slice), ...added.splice(0, Math.max(0, room))];
}

/** The slice that so many endpoints more leave the fewest places in; null where they do not fit. */
function bestFit(slices: readonly EndpointSlice[], count: number): EndpointSlice | null {
  let best: EndpointSlice | null = null;
  let fewest = MAX_ENDPOINTS_PER_SLICE;
  for (const slice of slices) {
    const places = MAX_ENDPOINTS_PER_SLICE - count - endpointsOf(slice).length;
    if (places < 0 || places >= fewest) continue;
    best = slice;
    fewest = places;
  }
  return best;
}

/** A copy of a slice, with the labels that it ought to have. */
function withEndpoints(
  slice: EndpointSlice,
  service: Service,
  endpoints: readonly Endpoint[],
): EndpointSlice {
  return {
    ...slice,
    metadata: { ...slice.metadata, labels: sliceLabels(service) },
    endpoints: [...endpoints],
  };
}
