import type { Pod, Service } from '../kinds.ts';
import { EMPTY_PLAN, MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Plan } from '../planner.ts';
import { desiredGroups } from './desired.ts';
import { packGroup } from './pack.ts';
import type { SliceChanges } from './pack.ts';
import { recycle, writesOf } from './recycle.ts';
import { addressTypes, isServed } from './service-facts.ts';
import type { AddressType } from './service-facts.ts';
import { hasLabelsOf, isOwnedBy, newSlice, portsKey } from './slice.ts';
import type { EndpointSlice } from './slice.ts';
import { triggerTime, withTriggerTime } from './trigger-time.ts';

export interface ObservedEndpoints {
  readonly service: Service;
  /** That its selector matches. */
  readonly pods: readonly Pod[];
  /** That this controller manages for the service, without those that are being deleted. */
  readonly slices: readonly EndpointSlice[];
  readonly namespaceTerminating: boolean;
}

/** The slices of a service have the addresses of its pods (k8s.io/endpointslice, Reconciler). */
export function planSlices(observed: ObservedEndpoints): Plan {
  const { service, pods, slices, namespaceTerminating } = observed;
  if (!isServed(service)) return EMPTY_PLAN;
  const types = addressTypes(service);
  const found = types.map((type) => {
    const existing = slices.filter(({ addressType }) => addressType === type);
    const changes = changesOf(service, pods, type, existing);
    const recycled = recycle(changes, (slice) => isOwnedBy(slice, service.metadata));
    return { ...recycled, changed: changes.changed };
  });
  const strays = slices.filter(({ addressType }) => !types.some((type) => type === addressType));
  const changedPods = new Set(
    found.flatMap(({ changed }) => changed).map(({ targetRef }) => targetRef?.name),
  );
  const time = triggerTime(
    service,
    slices.length === 0,
    pods.filter(({ metadata }) => changedPods.has(metadata.name)),
  );
  const timed = (list: readonly EndpointSlice[]) =>
    list.map((slice) => withTriggerTime(slice, time));
  // The garbage collector would race with what is made for a service that goes.
  const isGoing = namespaceTerminating || service.metadata.deletionTimestamp !== undefined;
  const writes = writesOf({
    create: isGoing ? [] : timed(found.flatMap(({ create }) => create)),
    update: timed(found.flatMap(({ update }) => update)),
    remove: [...found.flatMap(({ remove }) => remove), ...strays],
  });
  return writes.length <= MAX_WRITES_PER_PLAN
    ? { writes }
    : { writes: writes.slice(0, MAX_WRITES_PER_PLAN), requeueAfterMs: 0 };
}

/** What is to be done about the slices of one family. */
function changesOf(
  service: Service,
  pods: readonly Pod[],
  type: AddressType,
  existing: readonly EndpointSlice[],
): SliceChanges {
  const owned = existing.filter((slice) => isOwnedBy(slice, service.metadata));
  const remove = existing.filter((slice) => !owned.includes(slice));
  const byPorts = Map.groupBy(owned, ({ ports }) => portsKey(ports));
  const groups = desiredGroups(service, pods, type);
  const packed = [...groups].map(([key, group]) =>
    packGroup(service, type, byPorts.get(key) ?? [], group),
  );
  for (const [key, slices] of byPorts) if (!groups.has(key)) remove.push(...slices);
  remove.push(...packed.flatMap((changes) => changes.remove));
  const create = packed.flatMap((changes) => changes.create);
  const changed = packed.flatMap((changes) => changes.changed);
  const update = packed.flatMap((changes) => changes.update);
  if (create.length > 0 || remove.length < existing.length) {
    return { create, update, remove, changed };
  }
  // A service without endpoints has one slice that says so.
  const [only] = remove;
  const isThere = remove.length === 1 && only !== undefined && isPlaceholder(only, service);
  return isThere
    ? { create, update, remove: [], changed }
    : { create: [newSlice(service, type, [])], update, remove, changed };
}

function isPlaceholder(slice: EndpointSlice, service: Service): boolean {
  const { endpoints, ports } = slice;
  const isEmpty = (endpoints ?? []).length === 0 && (ports ?? []).length === 0;
  return isEmpty && isOwnedBy(slice, service.metadata) && hasLabelsOf(slice, service);
}
