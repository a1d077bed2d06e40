import {
  EMPTY_SET,
  type FieldSet,
  intersectSets,
  isEmptySet,
  subtractSet,
  unionSets,
} from './field-set.ts';
import type { ManagedTypes } from './managed-types.ts';
import type { Manager, Managers } from './managers.ts';
import type { PlainObject } from './merge-type.ts';
import { withNamedFields } from './named-fields.ts';
import { removeFields } from './remove-fields.ts';
import { valueFieldSet } from './value-field-set.ts';
import { convertValue, type VersionedValue } from './versioned-value.ts';

/**
 * Takes out of a merged object what its applier applied last time (`before`), does not apply this
 * time, and nobody else owns.
 *
 * @param managers with the applier's new entry, which is `after`.
 */
export function pruneValue(
  types: ManagedTypes,
  merged: VersionedValue,
  managers: Managers,
  before: Manager | undefined,
  after: Manager,
): VersionedValue {
  if (before === undefined || isDroppingNothing(before, after)) return merged;
  const then = convertValue(types, merged, before.apiVersion);
  if (then === undefined) return merged;
  const without = remove(then, withNamedFields(then.type, before.set));
  const owned = addBackOwned(types, then, without, managers);
  const pruned = addBackDangling(types, then, owned, before);
  return convertValue(types, pruned, merged.apiVersion) ?? merged;
}

/** What the applier still owns stays, and there is nothing else to take out. */
function isDroppingNothing(before: Manager, after: Manager): boolean {
  if (isEmptySet(before.set)) return true;
  return before.apiVersion === after.apiVersion && isEmptySet(subtractSet(before.set, after.set));
}

function remove({ apiVersion, type, value }: VersionedValue, fields: FieldSet): VersionedValue {
  // An object keeps at least its kind, so it is never removed as a whole.
  return { apiVersion, type, value: (removeFields(type, value, fields) ?? {}) as PlainObject };
}

/** Everything in the object, with the declared fields that lead to it. */
const namedFieldSet = ({ type, value }: VersionedValue): FieldSet =>
  withNamedFields(type, valueFieldSet(type, value));

/** What any manager owns stays: version by version, the one of the last time first. */
function addBackOwned(
  types: ManagedTypes,
  merged: VersionedValue,
  pruned: VersionedValue,
  managers: Managers,
): VersionedValue {
  const owned = new Map<string, FieldSet>([[pruned.apiVersion, EMPTY_SET]]);
  for (const { apiVersion, set } of managers.values()) {
    owned.set(apiVersion, unionSets(owned.get(apiVersion) ?? EMPTY_SET, set));
  }
  let result = pruned;
  for (const [apiVersion, set] of owned) {
    const whole = convertValue(types, merged, apiVersion);
    const rest = convertValue(types, result, apiVersion);
    if (whole === undefined || rest === undefined) continue;
    const kept = unionSets(namedFieldSet(rest), withNamedFields(whole.type, set));
    result = remove(whole, subtractSet(namedFieldSet(whole), kept));
  }
  return result;
}

/** Only what the applier owned before goes: what nobody owned, or was lost to updates, stays. */
function addBackDangling(
  types: ManagedTypes,
  merged: VersionedValue,
  pruned: VersionedValue,
  before: Manager,
): VersionedValue {
  const then = convertValue(types, pruned, before.apiVersion);
  if (then === undefined) return merged;
  const gone = subtractSet(namedFieldSet(merged), namedFieldSet(then));
  return remove(merged, intersectSets(gone, withNamedFields(merged.type, before.set)));
}
