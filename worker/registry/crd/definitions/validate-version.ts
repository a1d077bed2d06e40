import {
  duplicate,
  type FieldError,
  invalid,
  required,
  tooMany,
} from '../../../../apimachinery/field-error.ts';
import { byteLength } from '../../../../apimachinery/names.ts';
import { findFieldPath } from '../rules/field-path.ts';
import type { JSONSchema } from '../schema/json-schema.ts';
import type { ColumnDefinition, ScalePaths, Subresources } from '../types.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = [
  'byte',
  'date',
  'date-time',
  'double',
  'float',
  'int32',
  'int64',
  'password',
];
const SELECTABLE_TYPES = new Set(['string', 'boolean', 'integer']);
const MAX_SELECTABLE_FIELDS = 8;
const MAX_DEPRECATION_WARNING_BYTES = 256;
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** The text that users of a deprecated version are warned by. */
export function validateDeprecation(
  isDeprecated: boolean,
  warning: string | undefined,
  field: string,
): FieldError[] {
  if (warning === undefined) return [];
  if (!isDeprecated) return [invalid(field, warning, 'can only be set for deprecated versions')];
  const errors: FieldError[] = [];
  if (byteLength(warning) > MAX_DEPRECATION_WARNING_BYTES) {
    const detail = `must be <= ${MAX_DEPRECATION_WARNING_BYTES} characters long`;
    errors.push(invalid(field, warning, detail));
  }
  if (warning === '') errors.push(invalid(field, warning, 'must not be an empty string'));
  const found = UNPRINTABLE.exec(warning);
  if (found !== null) {
    const at = byteLength(warning.slice(0, found.index));
    const detail = `must only contain printable UTF-8 characters; non-printable character found at index ${at}`;
    errors.push(invalid(field, warning, detail));
  }
  return errors;
}

export function validateColumns(
  columns: readonly ColumnDefinition[] | undefined,
  field: string,
): FieldError[] {
  return (columns ?? []).flatMap((column, i) => validateColumn(column, `${field}[${i}]`));
}

function validateColumn(column: ColumnDefinition, field: string): FieldError[] {
  const { name, type, format = '', jsonPath } = column;
  const errors: FieldError[] = [];
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (name === '') errors.push(required(`${field}.name`));
  if (type === '') errors.push(required(`${field}.type`, types));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(`${field}.type`, type, types));
  if (format !== '' && !COLUMN_FORMATS.includes(format)) {
    const detail = `must be one of ${COLUMN_FORMATS.join(',')}`;
    errors.push(invalid(`${field}.format`, format, detail));
  }
  if (jsonPath === '') errors.push(required(`${field}.JSONPath`));
  else errors.push(...validateSimplePath(jsonPath, `${field}.JSONPath`));
  return errors;
}

function validateSimplePath(path: string, field: string): FieldError[] {
  return path.startsWith('.')
    ? []
    : [invalid(field, path, 'must be a simple json path starting with .')];
}

export function validateSubresources(
  subresources: Subresources | undefined,
  field: string,
): FieldError[] {
  const { scale } = subresources ?? {};
  return scale === undefined ? [] : validateScalePaths(scale, `${field}.scale`);
}

function validateScalePaths(scale: ScalePaths, field: string): FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = '' } = scale;
  return [
    ...validateScalePath(specReplicasPath, `${field}.specReplicasPath`, ['.spec.'], '.spec'),
    ...validateScalePath(
      statusReplicasPath,
      `${field}.statusReplicasPath`,
      ['.status.'],
      '.status',
    ),
    ...(labelSelectorPath === ''
      ? []
      : validateScalePath(
          labelSelectorPath,
          `${field}.labelSelectorPath`,
          ['.spec.', '.status.'],
          'either .spec or .status',
        )),
  ];
}

function validateScalePath(
  path: string,
  field: string,
  roots: readonly string[],
  where: string,
): FieldError[] {
  if (path === '') return [required(field)];
  const errors = validateSimplePath(path, field);
  if (errors.length > 0 || roots.some((root) => path.startsWith(root))) return errors;
  return [invalid(field, path, `should be a json path under ${where}`)];
}

export function validateSelectableFields(
  fields: readonly { readonly jsonPath: string }[],
  schema: JSONSchema | undefined,
  field: string,
): FieldError[] {
  if (fields.length === 0) return [];
  if (schema === undefined) {
    const detail =
      'selectableFields may only be set when version.schema.openAPIV3Schema is not included';
    return [invalid(field, '', detail)];
  }
  const known = new Set<string>();
  const errors = fields.flatMap(({ jsonPath }, i): FieldError[] => {
    const at = `${field}[${i}].jsonPath`;
    if (jsonPath === '') return [required(at)];
    const found = findFieldPath(jsonPath, schema, { allowBrackets: false });
    if ('error' in found) return [invalid(at, jsonPath, `is an invalid path: ${found.error}`)];
    const faults: FieldError[] = [];
    if (found.root === 'metadata') {
      faults.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    }
    if (!SELECTABLE_TYPES.has(found.schema?.type ?? '')) {
      const detail =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      faults.push(invalid(at, jsonPath, detail));
    }
    if (known.has(found.path)) faults.push(duplicate(at, jsonPath));
    known.add(found.path);
    return faults;
  });
  if (known.size > MAX_SELECTABLE_FIELDS) {
    errors.push(tooMany(field, known.size, MAX_SELECTABLE_FIELDS));
  }
  return errors;
}
