import type { CSINodeDriver } from 'kubernetes-types/storage/v1.js';
import {
  duplicate,
  type FieldError,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  byteLength,
  nameIsDNSSubdomain,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { validateCSIDriverName } from '../volumes/common-sources.ts';
import { notNegative } from '../workload.ts';

const MAX_NODE_ID_BYTES = 256;

const driversOf = (object: KubernetesObject): CSINodeDriver[] =>
  ((object.spec ?? {}) as { drivers?: CSINodeDriver[] | null }).drivers ?? [];

export const csiNodeStrategy: Strategy = {
  validate: validateDrivers,
  validateUpdate: (object, old) => [...validateDrivers(object), ...validateKept(object, old)],
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: false,
};

function validateDrivers(object: KubernetesObject): FieldError[] {
  const names = new Set<string>();
  return driversOf(object).flatMap((driver, i) => {
    const at = `spec.drivers[${i}]`;
    const { name, nodeID, allocatable, topologyKeys = [] } = driver;
    const errors = validateCSIDriverName(name, `${at}.name`);
    if (nodeID === '') errors.push(required(`${at}.nodeID`));
    if (byteLength(nodeID) > MAX_NODE_ID_BYTES) {
      const detail = `must be ${MAX_NODE_ID_BYTES} characters or less`;
      errors.push(invalid(`${at}.nodeID`, nodeID, detail));
    }
    errors.push(...notNegative(allocatable?.count, `${at}.allocatable.count`));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    return [...errors, ...validateTopologyKeys(topologyKeys, at)];
  });
}

/** All errors are at the driver's own path, as upstream has it. */
function validateTopologyKeys(keys: readonly string[], at: string): FieldError[] {
  const seen = new Set<string>();
  return keys.flatMap((key) => {
    const errors = key === '' ? [required(at)] : [];
    if (seen.has(key)) errors.push(duplicate(at, key));
    seen.add(key);
    return [...errors, ...validateQualifiedName(key).map((m) => invalid(at, key, m))];
  });
}

/** A driver that is there stays as it is, but for how many volumes it can have. */
function validateKept(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const withoutCount = (driver: CSINodeDriver): object => ({ ...driver, allocatable: undefined });
  const drivers = driversOf(object);
  return driversOf(old).flatMap((before) =>
    drivers
      .filter(({ name }) => name === before.name)
      .filter((driver) => !deepEqual(withoutCount(driver), withoutCount(before)))
      .map((driver) => invalid('spec.drivers', driver, IMMUTABLE)),
  );
}
