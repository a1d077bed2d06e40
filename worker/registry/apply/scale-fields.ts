import type { ManagedFieldsEntry } from '../../../apimachinery/meta.ts';
import { newFieldSet } from './field-set-builder.ts';
import { hasPath, isEmptySet, subtractSet } from './field-set.ts';
import { decodeManagers, encodeManagers, type Manager, type Managers } from './managers.ts';
import type { PathElement } from './path-element.ts';

/** Where an object has its replicas, by its apiVersion; null for a version without them. */
export type ReplicasPaths = ReadonlyMap<string, readonly PathElement[] | null>;

export const SPEC_REPLICAS: readonly PathElement[] = ['f:spec', 'f:replicas'];
const SCALE_VERSION = 'autoscaling/v1';

/**
 * managedFields of an object as its Scale has them: only who owns the replicas, in terms of the
 * Scale. As upstream's ScaleHandler does it.
 *
 * @throws Error for entries that cannot be read.
 */
export function scaleEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  paths: ReplicasPaths,
): ManagedFieldsEntry[] {
  const owners: Managers = new Map();
  for (const [id, manager] of decodeManagers(entries, 'stored')) {
    const path = paths.get(manager.apiVersion) ?? null;
    if (path === null || !hasPath(manager.set, path)) continue;
    const set = newFieldSet([SPEC_REPLICAS]);
    owners.set(id, { ...manager, apiVersion: SCALE_VERSION, set });
  }
  return encodeManagers(owners);
}

/**
 * managedFields of an object after its Scale was written. Who owns the replicas no more loses them
 * here as well; who came to own them gets an entry in the object's version. Such an entry has no
 * time, as upstream's.
 *
 * @throws Error for entries that cannot be read.
 */
export function parentEntries(
  before: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  apiVersion: string,
  paths: ReplicasPaths,
): ManagedFieldsEntry[] {
  const owners = new Map<string, Manager>();
  for (const manager of decodeManagers(scale, 'stored').values()) {
    if (hasPath(manager.set, SPEC_REPLICAS)) owners.set(ownerKey(manager), manager);
  }
  const result: Managers = new Map();
  const times = new Map<string, string | undefined>();
  for (const [id, manager] of decodeManagers(before, 'stored')) {
    const path = paths.get(manager.apiVersion);
    if (path === undefined) continue;
    const key = ownerKey(manager);
    if (manager.operation === 'Apply') times.set(key, manager.time);
    if (path === null || !hasPath(manager.set, path) || owners.delete(key)) {
      result.set(id, manager);
      continue;
    }
    const set = subtractSet(manager.set, newFieldSet([path]));
    if (!isEmptySet(set)) result.set(id, { ...manager, set });
  }
  const path = paths.get(apiVersion) ?? SPEC_REPLICAS;
  for (const [key, manager] of owners) {
    const set = newFieldSet([path]);
    result.set(`scale ${key}`, { ...manager, apiVersion, set, time: times.get(key) });
  }
  return encodeManagers(result);
}

/** A manager whatever the version: the Scale's and the object's are two names of the same field. */
const ownerKey = ({ name, operation, subresource }: Manager): string =>
  JSON.stringify([name, operation, subresource]);
