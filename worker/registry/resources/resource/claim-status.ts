import {
  type FieldError,
  forbidden,
  invalid,
  invalidWithoutValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../../../apimachinery/field-error.ts';
import { byteLength } from '../../../../apimachinery/names.ts';
import { validateConditions } from '../../../../apimachinery/validate-conditions.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { validateInterfaceAddress } from '../../addresses/validate-ip.ts';
import { validateNodeSelector } from '../pod/validate-affinity.ts';
import { validateEach, validateUnique } from './collections.ts';
import {
  MAX_CONFIGURATIONS,
  requestNames,
  validateRequestReference,
  validateRequestReferences,
} from './device-claim.ts';
import { validateConfiguration, validateRawObject } from './device-configuration.ts';
import { referenceKey, validateReference } from './device-names.ts';
import { validateBindingParameters, validateTolerations } from './device-taints.ts';
import type {
  AllocatedDevice,
  Allocation,
  AllocationConfiguration,
  ClaimSpec,
  ClaimStatus,
  Consumer,
  DeviceReference,
  DeviceStatus,
} from './device-types.ts';

const MAX_CONSUMERS = 256;
const MAX_RESULTS = 32;
const MAX_CONDITIONS = 8;
const MAX_IPS = 16;
const MAX_INTERFACE_NAME = 256;
const MAX_HARDWARE_ADDRESS = 128;
const SOURCES = ['FromClaim', 'FromClass'];

export const allocatedDevices = ({ allocation }: ClaimStatus): ReadonlySet<string> =>
  new Set((allocation?.devices?.results ?? []).map(referenceKey));

/** What of a claim the rules for its status look at. */
export interface ClaimView {
  readonly spec: ClaimSpec;
  readonly status: ClaimStatus;
  readonly isTerminating: boolean;
}

export function validateStatusUpdate(claim: ClaimView, old: ClaimStatus): FieldError[] {
  const { status } = claim;
  const devices = allocatedDevices(status);
  const errors = [
    ...validateUnique(
      status.reservedFor,
      MAX_CONSUMERS,
      validateConsumer,
      ({ uid = '' }) => uid,
      'status.reservedFor',
    ),
    ...validateUnique<DeviceStatus>(
      status.devices,
      Number.POSITIVE_INFINITY,
      (device, path) => validateDeviceStatus(device, devices, path),
      referenceKey,
      'status.devices',
    ),
    ...validateReservation(claim, old),
  ];
  const at = 'status.allocation';
  if (status.allocation === undefined) return errors;
  if (old.allocation === undefined) {
    const names = requestNames(claim.spec.devices ?? {});
    return [...errors, ...validateAllocation(status.allocation, names, at)];
  }
  return deepEqual(status.allocation, old.allocation)
    ? errors
    : [...errors, invalid(at, status.allocation, 'field is immutable')];
}

function validateConsumer(consumer: Consumer, path: string): FieldError[] {
  return (['resource', 'name', 'uid'] as const).flatMap((field) =>
    consumer[field] ? [] : [required(`${path}.${field}`)],
  );
}

/** Only an allocated claim is reserved, and a terminating one for nobody else. */
function validateReservation({ status, isTerminating }: ClaimView, old: ClaimStatus): FieldError[] {
  const consumers = status.reservedFor ?? [];
  if (consumers.length === 0) return [];
  const field = 'status.reservedFor';
  if (status.allocation === undefined) {
    return [forbidden(field, 'may not be specified when `allocated` is not set')];
  }
  const before = old.reservedFor ?? [];
  const isNew = (consumer: Consumer): boolean => !before.some((b) => deepEqual(b, consumer));
  if (!isTerminating || !consumers.some(isNew)) return [];
  const detail =
    'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [forbidden(field, detail)];
}

function validateAllocation(
  { devices, nodeSelector }: Allocation,
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  return [
    ...validateEach(
      devices?.results,
      MAX_RESULTS,
      (result, field) => validateResult(result, names, field),
      `${path}.devices.results`,
    ),
    ...validateEach(
      devices?.config,
      // Of the class and of the claim.
      2 * MAX_CONFIGURATIONS,
      (config, field) => validateAllocationConfiguration(config, names, field),
      `${path}.devices.config`,
    ),
    ...(nodeSelector === undefined
      ? []
      : validateNodeSelector(nodeSelector, `${path}.nodeSelector`)),
  ];
}

function validateResult(
  result: AllocatedDevice,
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  return [
    ...validateRequestReference(result.request ?? '', names, `${path}.request`),
    ...validateReference(result, path),
    ...validateBindingParameters(result, path),
    ...validateTolerations(result.tolerations, `${path}.tolerations`),
  ];
}

function validateAllocationConfiguration(
  config: AllocationConfiguration,
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const { source = '', requests } = config;
  const field = `${path}.source`;
  const errors = validateRequestReferences(requests, names, `${path}.requests`);
  errors.push(...validateConfiguration(config, path));
  if (source === '') return [required(field), ...errors];
  return SOURCES.includes(source) ? errors : [notSupported(field, source, SOURCES), ...errors];
}

function validateDeviceStatus(
  device: DeviceStatus,
  allocated: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const { conditions, data, networkData } = device;
  const errors = validateReference(device, path);
  if (!allocated.has(referenceKey(device))) errors.push(notAllocated(device, path));
  const at = `${path}.conditions`;
  const count = conditions?.length ?? 0;
  if (count > MAX_CONDITIONS) errors.push(tooMany(at, count, MAX_CONDITIONS));
  errors.push(...validateConditions(conditions ?? [], at));
  if (data !== undefined && data !== null) {
    errors.push(...validateRawObject(data, `${path}.data`));
  }
  return [...errors, ...validateNetworkData(networkData, `${path}.networkData`)];
}

/** The name of a device is no string to upstream, and so it is not quoted. */
function notAllocated(device: DeviceReference, path: string): FieldError {
  const detail = 'must be an allocated device in the claim';
  const error = invalidWithoutValue(path, detail);
  return { ...error, message: `Invalid value: ${referenceKey(device)}: ${detail}` };
}

function validateNetworkData(data: DeviceStatus['networkData'], path: string): FieldError[] {
  const { interfaceName = '', hardwareAddress = '', ips } = data ?? {};
  const errors: FieldError[] = [];
  if (byteLength(interfaceName) > MAX_INTERFACE_NAME) {
    errors.push(tooLong(`${path}.interfaceName`, MAX_INTERFACE_NAME));
  }
  if (byteLength(hardwareAddress) > MAX_HARDWARE_ADDRESS) {
    errors.push(tooLong(`${path}.hardwareAddress`, MAX_HARDWARE_ADDRESS));
  }
  const addresses = validateUnique(
    ips,
    MAX_IPS,
    validateInterfaceAddress,
    (ip) => ip,
    `${path}.ips`,
  );
  return [...errors, ...addresses];
}
