import {
  type FieldError,
  invalid,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import {
  byteLength,
  validateCIdentifier,
  validateDNS1123Label,
  validateDNS1123Subdomain,
} from '../../../../apimachinery/names.ts';
import { validateCSIDriverName } from '../volumes/common-sources.ts';
import type { DeviceReference } from './device-types.ts';

export const MAX_DOMAIN_LENGTH = 63;
export const MAX_ID_LENGTH = 32;
const MAX_POOL_NAME_LENGTH = 253;

/** Drivers of devices are named like those of CSI. */
export const validateDriverName = validateCSIDriverName;

export const validateLabelName = (name: string, field: string): FieldError[] =>
  validateDNS1123Label(name).map((message) => invalid(field, name, message));

export const validateSubdomainName = (name: string, field: string): FieldError[] =>
  validateDNS1123Subdomain(name).map((message) => invalid(field, name, message));

export function validatePoolName(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  return [
    ...(byteLength(name) > MAX_POOL_NAME_LENGTH ? [tooLong(field, MAX_POOL_NAME_LENGTH)] : []),
    ...name.split('/').flatMap((part) => validateSubdomainName(part, field)),
  ];
}

/** The name of an attribute or a capacity: an identifier, with or without the domain it is of. */
export function validateAttributeName(name: string, field: string): FieldError[] {
  const [first = '', second, ...more] = name.split('/');
  if (more.length > 0) return [invalid(field, name, 'must not contain more than one slash')];
  if (second === undefined) return validateIdentifier(first, field);
  return [
    ...(first === ''
      ? [invalid(field, '', 'the domain must not be empty')]
      : validateDriverName(first, field)),
    ...(second === ''
      ? [invalid(field, '', 'the name must not be empty')]
      : validateIdentifier(second, field)),
  ];
}

export function validateFullAttributeName(name: string, field: string): FieldError[] {
  const detail = 'a fully qualified name must be a domain and a name separated by a slash';
  return [
    ...validateAttributeName(name, field),
    ...(name.includes('/') ? [] : [invalid(field, name, detail)]),
  ];
}

function validateIdentifier(id: string, field: string): FieldError[] {
  return [
    ...(byteLength(id) > MAX_ID_LENGTH ? [tooLong(field, MAX_ID_LENGTH)] : []),
    ...validateCIdentifier(id).map((message) => invalid(field, id, message)),
  ];
}

/** The parts of a reference to a device, each by its rule. */
export function validateReference(reference: DeviceReference, path: string): FieldError[] {
  const { driver = '', pool = '', device = '', shareID } = reference;
  return [
    ...validateDriverName(driver, `${path}.driver`),
    ...validatePoolName(pool, `${path}.pool`),
    ...validateLabelName(device, `${path}.device`),
    ...(shareID === undefined ? [] : validateUID(shareID, `${path}.shareID`)),
  ];
}

/** `driver/pool/device`, and the share where it is one. */
export function referenceKey({
  driver = '',
  pool = '',
  device = '',
  shareID,
}: DeviceReference): string {
  const name = `${driver}/${pool}/${device}`;
  return shareID === undefined ? name : `${name}/${shareID}`;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OTHER_UUID =
  /^(?:urn:uuid:)?(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$|^\{.{36}\}$|^[0-9a-f]{32}$/i;

function validateUID(uid: string, field: string): FieldError[] {
  if (UUID.test(uid)) return [];
  if (OTHER_UUID.test(uid)) {
    const detail =
      'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';
    return [invalid(field, uid, detail)];
  }
  const problem = [32, 36, 38, 45].includes(uid.length)
    ? 'invalid UUID format'
    : `invalid UUID length: ${uid.length}`;
  return [invalid(field, uid, `error validating uid: ${problem}`)];
}
