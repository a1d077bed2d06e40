import {
  type FieldError,
  invalid,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import { byteLength } from '../../../../apimachinery/names.ts';
import { validateDriverName } from './device-names.ts';
import type { DeviceConfiguration } from './device-types.ts';

const MAX_BYTES = 10 * 1024;

/** Parameters for a driver, which only it understands. Stored ones may be too long. */
export function validateConfiguration(
  { opaque }: DeviceConfiguration,
  path: string,
  stored = false,
): FieldError[] {
  const at = `${path}.opaque`;
  if (opaque === undefined) return [required(at)];
  return [
    ...validateDriverName(opaque.driver ?? '', `${at}.driver`),
    ...validateRawObject(opaque.parameters, `${at}.parameters`, stored),
  ];
}

/** Any JSON object. */
export function validateRawObject(value: unknown, field: string, stored = false): FieldError[] {
  if (value === undefined || value === null) return [required(field)];
  if (!stored && byteLength(JSON.stringify(value)) > MAX_BYTES) return [tooLong(field, MAX_BYTES)];
  return typeof value === 'object' && !Array.isArray(value)
    ? []
    : [invalid(field, '<value omitted>', 'must be a valid JSON object')];
}
