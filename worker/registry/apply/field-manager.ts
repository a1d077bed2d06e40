import {
  formatTime,
  type KubernetesObject,
  type ManagedFieldsEntry,
} from '../../../apimachinery/meta.ts';
import { newBadRequest, StatusError } from '../../../apimachinery/status-error.ts';
import { deepEqual } from '../rest/deep-equal.ts';
import { ApplyConflicts, conflictsOutside, newApplyConflict } from './apply-conflicts.ts';
import { capManagers } from './cap-managers.ts';
import { EMPTY_SET, type FieldSet, isEmptySet, subtractSet, unionSets } from './field-set.ts';
import { newFieldSet } from './field-set-builder.ts';
import { sortFields } from './fields-v1.ts';
import {
  KUBECTL_MANAGER,
  lastAppliedFields,
  lastAppliedOf,
  withLastApplied,
} from './last-applied.ts';
import type { ManagedTypes } from './managed-types.ts';
import {
  decodeManagers,
  encodeManagers,
  type ManagerIdentity,
  type Managers,
  managerID,
} from './managers.ts';
import { isMapValue, type PlainObject } from './merge-type.ts';
import { type FieldWrite, ownApplied, ownUpdated } from './own-fields.ts';
import { validateValue } from './validate-value.ts';

/** What every write says of itself. */
export interface WriteIdentity {
  /** Name of the field manager; '' is `unknown`. */
  readonly manager: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What nobody comes to own by writing to this endpoint; none by default. */
  readonly resetFields?: FieldSet;
}

export interface UpdateWrite extends WriteIdentity {
  /** Null when the object is created. */
  readonly live: KubernetesObject | null;
  /** The whole new object, decoded and with its defaults. */
  readonly updated: KubernetesObject;
}

export interface ApplyWrite extends WriteIdentity {
  /** Null when there is no such object yet. */
  readonly live: KubernetesObject | null;
  /** The configuration as it was sent: parsed, nothing added. */
  readonly applied: PlainObject;
  /** Take fields from their owners. */
  readonly force: boolean;
}

/** Keeps metadata.managedFields of the objects of one kind. All of it is pure. */
export interface FieldManager {
  /**
   * Tracks a create, an update, or a patch other than apply.
   *
   * @returns a copy of the new object with the managedFields that are due; those of the live
   * object where they cannot be told. Never throws.
   */
  update(write: UpdateWrite): KubernetesObject;
  /**
   * Applies a configuration.
   *
   * @returns the object in its type's form, before defaults, and whether it differs from the live
   * one in more than managedFields.
   * @throws StatusError Conflict with a cause per field, BadRequest, or, for a configuration that
   * does not fit its type, upstream's 500 without a reason.
   */
  apply(write: ApplyWrite): { object: KubernetesObject; changed: boolean };
}

export function newFieldManager(types: ManagedTypes): FieldManager {
  return {
    update: (write) => trackUpdate(types, write),
    apply: (write) => applyConfiguration(types, write),
  };
}

/** Metadata that belongs to the system or names the object: nobody owns it. */
const SYSTEM_FIELDS = newFieldSet([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
]);

/** Stands for the writer of an update while it is found out whether anything changes. */
const CURRENT: Pick<ManagerIdentity, 'name' | 'subresource'> = {
  name: 'current-operation',
  subresource: '',
};
/** Who owns what was there when nobody was tracked. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

function trackUpdate(types: ManagedTypes, write: UpdateWrite): KubernetesObject {
  const { live, updated } = write;
  const managers = managersOf(types, write);
  // What was never tracked is not tracked from its middle; applying to it is what begins it.
  if (managers.size === 0 && (live?.metadata.uid ?? '') !== '')
    return withManagers(updated, managers);
  try {
    if (!types.isDecoded) validateValue(types.type, withoutManagers(updated), true);
    const old = live === null ? types.newEmpty() : withoutManagers(live);
    const next = updateManagers(types, write, managers, old, withoutManagers(updated));
    return withManagers(updated, next);
  } catch {
    // Tracking must not stand in the way of a write: what was known of the live object stays.
    return withEntries(updated, live?.metadata.managedFields);
  }
}

/**
 * An update may bring managedFields of its own, and is rid of them by one empty entry. An empty
 * list does the same where objects are decoded; in custom objects upstream cannot tell it from none.
 */
function managersOf(
  { isDecoded }: ManagedTypes,
  { live, updated, subresource }: UpdateWrite,
): Managers {
  const lives = live?.metadata.managedFields;
  const sent = updated.metadata.managedFields;
  if (subresource === '' && sent !== undefined && !isSame(sent, lives)) {
    if (sent.length === 0 ? isDecoded : isReset(sent)) return new Map();
    const managers = readManagers(sent, 'client');
    if (managers.size > 0) return managers;
  }
  return readManagers(lives, 'stored');
}

function isSame(a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[] | undefined) {
  return a === b || (a.length > 0 && deepEqual(a, b));
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  const [first] = entries;
  return first !== undefined && entries.length === 1 && Object.keys(first).length === 0;
}

/** The managers, none of them where one cannot be read. */
function readManagers(
  entries: readonly ManagedFieldsEntry[] | undefined,
  source: 'stored' | 'client',
): Managers {
  try {
    return decodeManagers(entries, source);
  } catch {
    return new Map();
  }
}

function updateManagers(
  types: ManagedTypes,
  write: WriteIdentity,
  managers: Managers,
  live: PlainObject,
  updated: PlainObject,
): Managers {
  const { apiVersion } = types;
  const current = { ...CURRENT, apiVersion, operation: 'Update' as const };
  const fields = newFieldWrite(types, write, managers, live, current);
  const next = ownUpdated(fields, updated);
  const currentID = managerID(current);
  const changes = next.get(currentID);
  next.delete(currentID);
  const set = changes === undefined ? EMPTY_SET : subtractSet(changes.set, SYSTEM_FIELDS);
  if (!isEmptySet(set)) {
    const writer = identityOf(types, write, 'Update');
    const id = managerID(writer);
    const before = next.get(id)?.set;
    next.set(id, {
      ...writer,
      time: formatTime(write.now),
      set: before === undefined ? set : sortFields(unionSets(set, before)),
    });
  }
  capManagers(next);
  return next;
}

function newFieldWrite(
  types: ManagedTypes,
  { resetFields = EMPTY_SET }: WriteIdentity,
  managers: Managers,
  live: PlainObject,
  writer: ManagerIdentity,
): FieldWrite {
  return { types, live, managers, writer, resetFields };
}

function identityOf(
  { apiVersion }: ManagedTypes,
  { manager, subresource }: WriteIdentity,
  operation: 'Apply' | 'Update',
): ManagerIdentity {
  return { name: manager === '' ? 'unknown' : manager, operation, subresource, apiVersion };
}

function applyConfiguration(
  types: ManagedTypes,
  write: ApplyWrite,
): { object: KubernetesObject; changed: boolean } {
  const { live, applied, manager, force } = write;
  const { group, kind } = describeKind(applied);
  if (applied['apiVersion'] !== types.apiVersion || applied['kind'] !== types.kind) {
    throw newBadRequest(`invalid object type: ${group}, Kind=${kind}`);
  }
  const sent = isMapValue(applied['metadata']) ? applied['metadata']['managedFields'] : undefined;
  if (Array.isArray(sent)) throw newBadRequest('metadata.managedFields must be nil');
  let managers = fallible('failed to decode managed fields', () =>
    decodeManagers(live?.metadata.managedFields, 'stored'),
  );
  const old = live === null ? types.newEmpty() : withoutManagers(live);
  if (managers.size === 0) {
    const first = { ...write, manager: BEFORE_FIRST_APPLY };
    managers = fallible('failed to create manager for existing fields', () =>
      updateManagers(types, first, managers, types.newEmpty(), old),
    );
  }
  const about = describeObject(applied);
  fallible(`failed to create typed patch object (${about})`, () => {
    validateValue(types.type, applied, false);
  });
  if (!types.isDecoded) {
    fallible(`failed to create typed live object (${describeObject(old)})`, () => {
      validateValue(types.type, old, true);
    });
  }
  const writer = identityOf(types, write, 'Apply');
  const fields = newFieldWrite(types, write, managers, old, writer);
  const result = resolveConflicts(fields, applied, manager, force);
  const id = managerID(writer);
  const entry = result.managers.get(id);
  const set = entry === undefined ? EMPTY_SET : subtractSet(entry.set, SYSTEM_FIELDS);
  if (entry === undefined || isEmptySet(set)) result.managers.delete(id);
  else {
    const time = result.merged === null ? entry.time : formatTime(write.now);
    result.managers.set(id, { ...entry, set, time });
  }
  const { merged } = result;
  let object =
    merged === null
      ? old
      : fallible(
          `failed to convert new object (${about}) to proper version: unable to convert unstructured object to ${group}, Kind=${kind}`,
          () => types.normalize(merged),
        );
  if (manager === KUBECTL_MANAGER && lastAppliedOf(object) !== '') {
    object = withLastApplied(object, applied);
  }
  return {
    object: withManagers(object as KubernetesObject, result.managers),
    changed: live === null || !deepEqual(object, old),
  };
}

/** Applies; kubectl may take what it owned by client-side apply without force. */
function resolveConflicts(
  fields: FieldWrite,
  applied: PlainObject,
  manager: string,
  force: boolean,
): { managers: Managers; merged: PlainObject | null } {
  try {
    return fallible('failed to merge config', () => ownApplied(fields, applied, force));
  } catch (error) {
    if (!(error instanceof ApplyConflicts)) throw error;
    const allowed =
      manager === KUBECTL_MANAGER ? lastAppliedFields(fields.types, fields.live) : null;
    if (allowed === null) throw newApplyConflict(error.conflicts);
    const conflicts = conflictsOutside(error.conflicts, allowed);
    if (conflicts.length > 0) throw newApplyConflict(conflicts);
    return ownApplied(fields, applied, true);
  }
}

/** Runs a step whose failure upstream answers with a 500 that has a message and no reason. */
function fallible<T>(what: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof ApplyConflicts) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `${what}: ${why}`,
      code: 500,
    });
  }
}

function describeKind({ apiVersion, kind }: PlainObject): { group: string; kind: string } {
  const version = typeof apiVersion === 'string' ? apiVersion : '';
  return {
    group: version.includes('/') ? version : `/${version}`,
    kind: typeof kind === 'string' ? kind : '',
  };
}

/** `namespace/name; group/version, Kind=kind`. */
function describeObject(object: PlainObject): string {
  const metadata = isMapValue(object['metadata']) ? object['metadata'] : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const { group, kind } = describeKind(object);
  return `${text(metadata['namespace'])}/${text(metadata['name'])}; ${group}, Kind=${kind}`;
}

function withoutManagers(object: KubernetesObject): PlainObject {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagers(object: KubernetesObject, managers: Managers): KubernetesObject {
  return withEntries(object, managers.size === 0 ? undefined : encodeManagers(managers));
}

function withEntries(
  object: KubernetesObject,
  managedFields: ManagedFieldsEntry[] | undefined,
): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: managedFields === undefined ? metadata : { ...metadata, managedFields },
  };
}
