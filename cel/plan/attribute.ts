import { ErrorValue, isError, noSuchOverload } from '../values/error-value.ts';
import { formatValue } from '../values/format-value.ts';
import { ListValue } from '../values/list-value.ts';
import { MapValue } from '../values/map-value.ts';
import { NONE, Optional } from '../values/optional.ts';
import { runtimeType } from '../values/type-value.ts';
import { Uint } from '../values/uint.ts';
import type { Value } from '../values/value.ts';
import type { Evaluate, Frame } from './frame.ts';

/** A step from a value to one of its fields, keys or elements. */
export interface Qualifier {
  /** Written with `?`: what is missing is `optional.none()`. */
  readonly optional: boolean;
  /** The last step of `has()`: gives whether there is something. */
  readonly presenceOnly: boolean;
  /** The key; resolving it may cost. */
  readonly key: { readonly constant: Value } | { readonly evaluate: Evaluate };
}

/**
 * A variable or value with the steps that lead on from it, evaluated as one (cel-go's attributes, on
 * which its prices depend): a variable and every step that is taken cost one unit each.
 */
export type Attribute =
  | {
      readonly kind: 'variable';
      readonly slot: number;
      readonly name: string;
      readonly qualifiers: Qualifier[];
    }
  | { readonly kind: 'value'; readonly evaluate: Evaluate; readonly qualifiers: Qualifier[] }
  | {
      readonly kind: 'conditional';
      readonly condition: Evaluate;
      readonly truthy: Attribute;
      readonly falsy: Attribute;
    };

/** Adds a step; to both branches of a conditional. */
export function addQualifier(attribute: Attribute, qualifier: Qualifier): void {
  if (attribute.kind === 'conditional') {
    addQualifier(attribute.truthy, qualifier);
    addQualifier(attribute.falsy, qualifier);
  } else attribute.qualifiers.push(qualifier);
}

/** The program that resolves an attribute, without the unit for the attribute itself. */
export function resolveAttribute(attribute: Attribute): Evaluate {
  switch (attribute.kind) {
    case 'conditional':
      return resolveConditional(attribute);
    case 'variable':
      return resolveVariable(attribute);
    case 'value': {
      const { evaluate, qualifiers } = attribute;
      return (frame) => {
        const value = evaluate(frame);
        return isError(value) ? value : applyQualifiers(frame, value, qualifiers);
      };
    }
  }
}

function resolveConditional(attribute: Extract<Attribute, { kind: 'conditional' }>): Evaluate {
  const { condition } = attribute;
  const truthy = resolveAttribute(attribute.truthy);
  const falsy = resolveAttribute(attribute.falsy);
  return (frame) => {
    const value = condition(frame);
    if (value === true) return truthy(frame);
    return value === false ? falsy(frame) : noSuchOverload(value);
  };
}

function resolveVariable({
  slot,
  name,
  qualifiers,
}: Extract<Attribute, { kind: 'variable' }>): Evaluate {
  const missing = new ErrorValue(`no such attribute(s): ${name}`);
  const [only] = qualifiers;
  if (only === undefined)
    return (frame) => frame.slots[slot] ?? valueOrMissing(frame, slot, missing);
  const isPlain =
    qualifiers.length === 1 && !only.optional && !only.presenceOnly && 'constant' in only.key;
  if (isPlain && 'constant' in only.key) {
    // The common case: one field of a variable.
    const key = only.key.constant;
    return (frame) => {
      const value = frame.slots[slot];
      if (value instanceof MapValue) {
        frame.charge(1);
        const found = value.find(key);
        return found === undefined ? missingKey(key) : found;
      }
      if (value === undefined) return missing;
      return isError(value) ? value : applyQualifiers(frame, value, qualifiers);
    };
  }
  return (frame) => {
    const value = frame.slots[slot];
    if (value === undefined) return missing;
    return isError(value) ? value : applyQualifiers(frame, value, qualifiers);
  };
}

/** Null is a value too, which `??` takes for none. */
const valueOrMissing = (frame: Frame, slot: number, missing: ErrorValue): Value => {
  const value = frame.slots[slot];
  return value === undefined ? missing : value;
};

function applyQualifiers(frame: Frame, start: Value, qualifiers: readonly Qualifier[]): Value {
  let value = start;
  let isOptional = false;
  if (start instanceof Optional && qualifiers.length > 0) {
    if (start.value === undefined) return presenceOf(qualifiers, start);
    value = start.value;
    isOptional = true;
  }
  for (const qualifier of qualifiers) {
    isOptional ||= qualifier.optional;
    const key =
      'constant' in qualifier.key ? qualifier.key.constant : qualifier.key.evaluate(frame);
    if (isError(key)) {
      frame.charge(1);
      return key;
    }
    if (qualifier.presenceOnly) {
      frame.charge(1);
      const found = find(value, key);
      return isError(found) ? found : found !== undefined;
    }
    if (isOptional) {
      const found = find(value, key);
      if (found === undefined) return presenceOf(qualifiers, NONE);
      frame.charge(1);
      if (isError(found)) return found;
      value = found;
    } else {
      frame.charge(1);
      value = select(value, key);
      if (isError(value)) return value;
    }
  }
  return isOptional ? new Optional(value) : value;
}

/** In `has()` the end of an optional chain is false. */
const presenceOf = (qualifiers: readonly Qualifier[], none: Optional): Value =>
  qualifiers.at(-1)?.presenceOnly === true ? false : none;

const missingKey = (key: Value): ErrorValue => new ErrorValue(`no such key: ${formatValue(key)}`);

function select(value: Value, key: Value): Value {
  const found = find(value, key);
  if (found !== undefined) return found;
  return value instanceof ListValue
    ? new ErrorValue(`index out of bounds: ${formatValue(key)}`)
    : missingKey(key);
}

/** The element, undefined where there is none, an ErrorValue where a list cannot have such an index. */
function find(value: Value, key: Value): Value | undefined {
  if (value instanceof MapValue) return value.find(key);
  if (!(value instanceof ListValue)) return undefined;
  const index = indexOf(key);
  if (index instanceof ErrorValue) return index;
  return index >= 0 && index < value.size ? value.get(index) : undefined;
}

function indexOf(key: Value): number | ErrorValue {
  if (typeof key === 'bigint') return Number(key);
  if (key instanceof Uint) return Number(key.value);
  if (typeof key !== 'number') {
    return new ErrorValue(`unsupported index type '${runtimeType(key).name}' in list`);
  }
  return Number.isInteger(key)
    ? key
    : new ErrorValue(`unsupported index value ${formatValue(key)} in list`);
}
