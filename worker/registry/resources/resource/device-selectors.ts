import { compile } from '../../../../cel/compile.ts';
import { newEnvironment } from '../../../../cel/environment.ts';
import { QUANTITY_TYPE } from '../../../../cel/library/quantities.ts';
import { CompileError } from '../../../../cel/syntax/source.ts';
import {
  BOOL,
  DYN,
  mapOf,
  STRING,
  structType,
  typeName,
  withMaxSize,
  type CelType,
} from '../../../../cel/types/cel-type.ts';
import {
  type FieldError,
  forbidden,
  internalError,
  invalid,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import { byteLength } from '../../../../apimachinery/names.ts';
import { validateEach } from './collections.ts';
import { MAX_DOMAIN_LENGTH, MAX_ID_LENGTH } from './device-names.ts';
import type { DeviceSelector } from './device-types.ts';

const MAX_SELECTORS = 32;
const MAX_EXPRESSION_BYTES = 10 * 1024;
const MAX_COST = 1_000_000n;
const MAX_ATTRIBUTES = 32n;
export const MAX_ATTRIBUTE_BYTES = 64;

const text = (maxSize: number): CelType => withMaxSize(STRING, BigInt(maxSize));

/** Attributes and capacities are kept by domain, then by name. */
const byDomain = (value: CelType): CelType => {
  const limits = { maxSize: MAX_ATTRIBUTES };
  return mapOf(text(MAX_DOMAIN_LENGTH), mapOf(text(MAX_ID_LENGTH), value, limits), limits);
};

const field = (jsonName: string, type: CelType) => [jsonName, { type, jsonName }] as const;

/** What selectors see of a device (dynamic-resource-allocation/cel upstream). */
const DEVICE = structType(
  'kubernetes.DRADevice',
  new Map([
    field('driver', text(MAX_DOMAIN_LENGTH)),
    field('attributes', byDomain(withMaxSize(DYN, BigInt(MAX_ATTRIBUTE_BYTES)))),
    field('capacity', byDomain(QUANTITY_TYPE)),
    field('allowMultipleAllocations', BOOL),
  ]),
);

const ENVIRONMENT = newEnvironment({ variables: { device: DEVICE }, libraries: 'kubernetes' });

/** Selectors that were let in once (`stored`) are not compiled again. */
export function validateSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
  stored = false,
): FieldError[] {
  return validateEach(
    selectors,
    MAX_SELECTORS,
    ({ cel }, at) => {
      if (cel === undefined) return [required(`${at}.cel`)];
      return stored ? [] : validateExpression(cel.expression ?? '', `${at}.cel.expression`);
    },
    path,
  );
}

function validateExpression(expression: string, at: string): FieldError[] {
  if (byteLength(expression) > MAX_EXPRESSION_BYTES) return [tooLong(at, MAX_EXPRESSION_BYTES)];
  try {
    const program = compile(expression, ENVIRONMENT);
    const { outputType, programError } = program;
    if (outputType.kind !== 'bool' && outputType.kind !== 'dyn') {
      const detail = `must evaluate to bool or the unknown type, not ${typeName(outputType)}`;
      return [invalid(at, expression, detail)];
    }
    if (programError !== undefined) {
      return [internalError(at, `program instantiation failed: ${programError}`)];
    }
    return program.estimateCost().max > MAX_COST
      ? [forbidden(at, 'too complex, exceeds cost limit')]
      : [];
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return [invalid(at, expression, `compilation failed: ${error.message}`)];
  }
}
