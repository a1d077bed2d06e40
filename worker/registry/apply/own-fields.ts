import { ApplyConflicts, conflictsIn } from './apply-conflicts.ts';
import { compareValues, type Comparison, excludeFields } from './compare-values.ts';
import {
  EMPTY_SET,
  type FieldSet,
  intersectSets,
  isEmptySet,
  subtractSet,
  subtractTree,
  unionSets,
} from './field-set.ts';
import { sortFields } from './fields-v1.ts';
import type { ManagedTypes } from './managed-types.ts';
import { type ManagerIdentity, type Managers, managerID, setManager } from './managers.ts';
import { mergeValues } from './merge-values.ts';
import type { PlainObject } from './merge-type.ts';
import { pruneValue } from './prune-value.ts';
import { reconcileFields } from './reconcile-fields.ts';
import { valueFieldSet } from './value-field-set.ts';
import { convertValue, servedValue, type VersionedValue } from './versioned-value.ts';
import { deepEqual } from '../rest/deep-equal.ts';

/** A write as the ownership of fields sees it. */
export interface FieldWrite {
  readonly types: ManagedTypes;
  /** Without managedFields, as are all objects here. */
  readonly live: PlainObject;
  readonly managers: Managers;
  /** Who writes; entries of others change only by what is taken from them. */
  readonly writer: ManagerIdentity;
  /** Paths that the endpoint does not let anyone own. */
  readonly resetFields: FieldSet;
}

/**
 * Gives the writer what differs between the live object and the new one, and takes it from
 * everyone else. The managers of the write are left as they are.
 *
 * @throws Error when the objects cannot be compared.
 */
export function ownUpdated(write: FieldWrite, updated: PlainObject): Managers {
  const { resetFields, writer } = write;
  const id = managerID(writer);
  const managers = reconcileManagers(write);
  const { removed, modified, added } = takeFields(write, managers, updated, true);
  const before = managers.get(id);
  const kept = before === undefined ? EMPTY_SET : subtractSet(before.set, removed);
  const set = subtractTree(unionSets(unionSets(kept, modified), added), resetFields);
  setManager(managers, id, { ...writer, time: before?.time, set: sortFields(set) });
  return managers;
}

/**
 * Merges an applied configuration into the live object: what the writer applied last time and does
 * not apply any more is removed, unless someone else owns it.
 *
 * @returns the managers and the merged object; null for an object that stays as it is.
 * @throws ApplyConflicts when others own what would change, and `force` is not set.
 */
export function ownApplied(
  write: FieldWrite,
  applied: PlainObject,
  force: boolean,
): { managers: Managers; merged: PlainObject | null } {
  const { types, live, resetFields, writer } = write;
  const id = managerID(writer);
  const managers = reconcileManagers(write);
  const before = managers.get(id);
  const set = sortFields(subtractTree(valueFieldSet(types.type, applied), resetFields));
  const after = { ...writer, time: before?.time, set };
  managers.set(id, after);
  const both = servedValue(types, mergeValues(types.type, live, applied) as PlainObject);
  const merged = pruneValue(types, both, managers, before, after).value;
  takeFields(write, managers, merged, force);
  if (isEmptySet(set)) managers.delete(id);
  return { managers, merged: deepEqual(live, merged) ? null : merged };
}

/** A copy of the managers, with sets as the schema is; those of lost versions are dropped. */
function reconcileManagers({ types, managers }: FieldWrite): Managers {
  const result: Managers = new Map();
  for (const [id, manager] of managers) {
    const type =
      manager.apiVersion === types.apiVersion
        ? types.type
        : types.version(manager.apiVersion)?.type;
    if (type === undefined) continue;
    const set = reconcileFields(type, manager.set);
    result.set(id, set === manager.set ? manager : { ...manager, set });
  }
  return result;
}

/** Takes what changes from everyone but the writer; returns what changes. */
function takeFields(
  { types, live, writer, resetFields }: FieldWrite,
  managers: Managers,
  object: PlainObject,
  force: boolean,
): Comparison {
  const lives = servedValue(types, live);
  const objects = servedValue(types, object);
  const comparison = compareVersions(lives, objects, resetFields);
  const byVersion = new Map([[types.apiVersion, comparison]]);
  const self = managerID(writer);
  const losses = [];
  const conflicts = [];
  for (const [id, manager] of managers) {
    if (id === self) continue;
    let changes = byVersion.get(manager.apiVersion);
    if (changes === undefined) {
      const old = convertValue(types, lives, manager.apiVersion);
      const next = convertValue(types, objects, manager.apiVersion);
      if (old === undefined || next === undefined) {
        managers.delete(id);
        continue;
      }
      changes = compareVersions(old, next, resetFields);
      byVersion.set(manager.apiVersion, changes);
    }
    const changed = unionSets(changes.modified, changes.added);
    if (!force) conflicts.push(...conflictsIn(id, manager, intersectSets(manager.set, changed)));
    const set = subtractSet(subtractSet(manager.set, changed), changes.removed);
    if (set !== manager.set) losses.push({ id, manager: { ...manager, set } });
  }
  if (conflicts.length > 0) throw new ApplyConflicts(conflicts);
  for (const { id, manager } of losses) setManager(managers, id, manager);
  for (const [id, { set }] of managers) if (id !== self && isEmptySet(set)) managers.delete(id);
  return comparison;
}

function compareVersions(
  live: VersionedValue,
  object: VersionedValue,
  resetFields: FieldSet,
): Comparison {
  return excludeFields(compareValues(live.type, live.value, object.value), resetFields);
}
