import type { ManagedFieldsEntry } from '../../../apimachinery/meta.ts';
import { type FieldSet, isEmptySet } from './field-set.ts';
import { readFieldsV1, sortFields } from './fields-v1.ts';

export type ManagerOperation = 'Apply' | 'Update';

/** One entry of metadata.managedFields. */
export interface Manager {
  readonly name: string;
  readonly operation: ManagerOperation;
  readonly subresource: string;
  /** The version in which the set is written. */
  readonly apiVersion: string;
  /** RFC 3339; undefined where the manager never changed the object. */
  readonly time: string | undefined;
  readonly set: FieldSet;
}

/** Managers by their identifier. */
export type Managers = Map<string, Manager>;

export type ManagerIdentity = Pick<Manager, 'name' | 'operation' | 'subresource' | 'apiVersion'>;

/**
 * What makes a manager's entry: one who applies has one entry per subresource, one who updates
 * has another for every version. Entries are ordered by this text where nothing else orders them.
 */
export function managerID({ name, operation, subresource, apiVersion }: ManagerIdentity): string {
  return JSON.stringify({
    ...(name === '' ? {} : { manager: name }),
    operation,
    ...(operation === 'Apply' ? {} : { apiVersion }),
    ...(subresource === '' ? {} : { subresource }),
  });
}

/**
 * Reads metadata.managedFields. What comes from a client may be in any order.
 *
 * @throws Error in upstream's words for an entry that is none.
 */
export function decodeManagers(
  entries: readonly ManagedFieldsEntry[] | undefined | null,
  source: 'stored' | 'client',
): Managers {
  const managers: Managers = new Map();
  for (const [i, entry] of (entries ?? []).entries()) {
    const read = decodeManager(entry, i);
    const manager = source === 'stored' ? read : { ...read, set: sortFields(read.set) };
    managers.set(managerID(manager), manager);
  }
  return managers;
}

function decodeManager(entry: ManagedFieldsEntry, index: number): Manager {
  const { operation, apiVersion = '', fieldsType = '' } = entry;
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new Error('operation must be `Apply` or `Update`');
  }
  if (apiVersion === '') throw new Error('apiVersion must not be empty');
  if (fieldsType === '') throw new Error(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== 'FieldsV1') {
    throw new Error(
      `invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`,
    );
  }
  return {
    name: entry.manager ?? '',
    operation,
    subresource: entry.subresource ?? '',
    apiVersion,
    time: entry.time,
    set: readFieldsV1(entry.fieldsV1),
  };
}

/** The entries for metadata.managedFields: who applied first, then by time and name. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(compareManagers).map(encodeManager);
}

function encodeManager(manager: Manager): ManagedFieldsEntry {
  const { name, operation, apiVersion, time, subresource } = manager;
  return {
    ...(name === '' ? {} : { manager: name }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: manager.set,
    ...(subresource === '' ? {} : { subresource }),
  };
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareTexts(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareTexts(a.name, b.name) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  );
}

/** Seconds since the epoch of a manager's last change. */
export function secondsOf({ time }: Manager): number {
  const timeMs = time === undefined ? 0 : Date.parse(time);
  return Number.isNaN(timeMs) ? 0 : Math.floor(timeMs / 1000);
}

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Puts a manager's new set in its place; a manager that owns nothing is none. */
export function setManager(managers: Managers, id: string, manager: Manager): void {
  if (isEmptySet(manager.set)) managers.delete(id);
  else managers.set(id, manager);
}
