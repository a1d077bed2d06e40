import { escapeIdentifier, lookUpEscaped } from '../identifiers.ts';
import {
  DYN,
  isOptionalType,
  parameterOf,
  type CelType,
  type Fields,
  type ListSemantics,
} from '../types/cel-type.ts';
import { decodeBase64 } from './base64.ts';
import { parseDuration } from '../../apimachinery/duration.ts';
import { Duration } from './duration.ts';
import { equal } from './equality.ts';
import { ErrorValue, NO_SUCH_OVERLOAD } from './error-value.ts';
import { formatValue } from './format-value.ts';
import { ArrayList, ListValue } from './list-value.ts';
import { MapValue } from './map-value.ts';
import { NONE, Optional } from './optional.ts';
import { parseTimestamp } from './timestamp.ts';
import { Uint } from './uint.ts';
import { CelObject, type Value } from './value.ts';

type JSONObject = Readonly<Record<string, unknown>>;

const describe = (raw: unknown): string => {
  if (raw === null || raw === undefined) return '<nil>';
  if (Array.isArray(raw)) return '[]interface {}';
  switch (typeof raw) {
    case 'number':
      return Number.isInteger(raw) ? 'int64' : 'float64';
    case 'boolean':
      return 'bool';
    case 'object':
      return 'map[string]interface {}';
    default:
      return typeof raw;
  }
};

const mismatch = (expected: string, raw: unknown): ErrorValue =>
  new ErrorValue(`invalid data, expected ${expected}, got ${describe(raw)}`);

/**
 * A JSON value as the value of its declared type (apiserver `UnstructuredToVal`). Lists and objects
 * are wrapped, not copied: an element is adapted when an expression reads it. Values of this package
 * pass as they are, and null is the empty optional where an optional is declared. What does not fit the type is an ErrorValue.
 */
export function adaptJSON(type: CelType, raw: unknown): Value {
  if (raw instanceof CelObject || raw instanceof Uint8Array) return raw;
  if (isOptionalType(type)) {
    return raw === null || raw === undefined
      ? NONE
      : new Optional(adaptJSON(parameterOf(type, 0), raw));
  }
  if (raw === null || raw === undefined) {
    if (type.nullable === true || type.kind === 'dyn' || type.kind === 'null') return null;
    return new ErrorValue('invalid data, got null for schema with nullable=false');
  }
  switch (type.kind) {
    case 'int':
      if (typeof raw === 'number' && Number.isInteger(raw)) return BigInt(raw);
      return typeof raw === 'bigint' ? raw : mismatch('int', raw);
    case 'uint':
      if (typeof raw === 'number' && Number.isInteger(raw)) return new Uint(BigInt(raw));
      return typeof raw === 'bigint' ? new Uint(raw) : mismatch('uint', raw);
    case 'double':
      if (typeof raw === 'number') return raw;
      return typeof raw === 'bigint' ? Number(raw) : mismatch('float', raw);
    case 'bool':
      return typeof raw === 'boolean' ? raw : mismatch('bool', raw);
    case 'string':
      return typeof raw === 'string' ? raw : mismatch('string', raw);
    case 'bytes':
    case 'timestamp':
    case 'duration':
      return typeof raw === 'string' ? adaptText(type, raw) : mismatch('string', raw);
    case 'list':
      return Array.isArray(raw)
        ? new JSONList(raw, parameterOf(type, 0), type.listSemantics)
        : new ErrorValue('invalid data, expected an array for the provided schema with type=array');
    case 'map':
    case 'struct':
      return isJSONObject(raw)
        ? newJSONMap(type, raw)
        : new ErrorValue('invalid data, expected a map for the provided schema with type=object');
    default:
      return adaptUntyped(raw);
  }
}

const isJSONObject = (raw: unknown): raw is JSONObject =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw);

const newJSONMap = (type: CelType, raw: JSONObject): MapValue =>
  type.kind === 'struct'
    ? new JSONStruct(raw, type.fields)
    : new JSONMap(raw, parameterOf(type, 1));

function adaptUntyped(raw: unknown): Value {
  switch (typeof raw) {
    case 'number':
      return Number.isInteger(raw) ? BigInt(raw) : raw;
    case 'string':
    case 'boolean':
    case 'bigint':
      return raw;
    default:
      if (Array.isArray(raw)) return new JSONList(raw, DYN, undefined);
      return isJSONObject(raw) ? new JSONMap(raw, DYN) : mismatch('JSON', raw);
  }
}

function adaptText(type: CelType, text: string): Value {
  if (type.kind === 'bytes') {
    const bytes = decodeBase64(text);
    return bytes ?? new ErrorValue(`Invalid byte formatted string ${text}: illegal base64 data`);
  }
  if (type.kind === 'timestamp') {
    // A full date has no time; midnight UTC is meant.
    const timestamp = parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
    return timestamp ?? new ErrorValue(`Invalid date-time formatted string ${text}`);
  }
  try {
    return new Duration(parseDuration(text));
  } catch (error) {
    return new ErrorValue(
      `Invalid duration ${text}: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

/** A JSON array. Sets and lists by keys ignore order when compared, and merge when added. */
export class JSONList extends ListValue {
  readonly #raw: readonly unknown[];
  readonly #element: CelType;
  readonly #semantics: ListSemantics | undefined;
  /** Elements that were wrapped, so that what they find out about themselves is kept. */
  #containers: (Value | undefined)[] | undefined;

  constructor(raw: readonly unknown[], element: CelType, semantics: ListSemantics | undefined) {
    super();
    this.#raw = raw;
    this.#element = element;
    this.#semantics = semantics;
  }

  override get size(): number {
    return this.#raw.length;
  }

  override get(index: number): Value {
    const known = this.#containers?.[index];
    if (known !== undefined) return known;
    const value = adaptJSON(this.#element, this.#raw[index]);
    if (isContainer(value)) (this.#containers ??= [])[index] = value;
    return value;
  }

  override equals(other: Value): Value {
    if (this.#semantics === undefined || !(other instanceof ListValue)) return super.equals(other);
    if (other.size !== this.size) return false;
    const mine = new Map(this.toArray().map((element) => [this.#keyOf(element), element]));
    for (const theirs of other.toArray()) {
      const element = mine.get(this.#keyOf(theirs));
      if (element === undefined) return false;
      const same = equal(element, theirs);
      if (same !== true) return same;
    }
    return true;
  }

  override concat(other: Value): Value {
    if (this.#semantics === undefined) return super.concat(other);
    if (!(other instanceof ListValue)) return NO_SUCH_OVERLOAD;
    const merged = new Map(this.toArray().map((element) => [this.#keyOf(element), element]));
    for (const theirs of other.toArray()) merged.set(this.#keyOf(theirs), theirs);
    return new ArrayList(Array.from(merged.values()));
  }

  /** What tells elements apart: themselves in a set, the values of the key fields in a list by keys. */
  #keyOf(element: Value): string {
    if (this.#semantics?.kind !== 'map') return scalarKey(element);
    const fields = this.#semantics.keys.map((key) => {
      const name = escapeIdentifier(key) ?? key;
      return element instanceof MapValue ? scalarKey(element.find(name) ?? null) : '';
    });
    return JSON.stringify(fields);
  }
}

const scalarKey = (value: Value): string => `${typeof value}:${formatValue(value)}`;

const isContainer = (value: Value): boolean =>
  value instanceof MapValue || value instanceof ListValue;

/** A JSON object. What is looked up of it more than once is wrapped and counted once. */
abstract class JSONObjectValue extends MapValue {
  readonly raw: JSONObject;
  #size: number | undefined;
  #containers: Map<string, Value> | undefined;

  constructor(raw: JSONObject) {
    super();
    this.raw = raw;
  }

  override get size(): number {
    return (this.#size ??= Object.keys(this.raw).length);
  }

  protected adapt(name: string, type: CelType): Value {
    const known = this.#containers?.get(name);
    if (known !== undefined) return known;
    const value = adaptJSON(type, this.raw[name]);
    if (isContainer(value)) (this.#containers ??= new Map()).set(name, value);
    return value;
  }
}

/** A JSON object whose properties are all of one type. */
export class JSONMap extends JSONObjectValue {
  readonly #value: CelType;

  constructor(raw: JSONObject, value: CelType) {
    super(raw);
    this.#value = value;
  }

  override find(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.raw, key)) return undefined;
    return this.adapt(key, this.#value);
  }

  override keys(): Iterable<Value> {
    return Object.keys(this.raw);
  }
}

/**
 * A JSON object with declared fields, which `type()` calls a map. Properties that no field names, and
 * those that are null, are not there for expressions.
 */
export class JSONStruct extends JSONObjectValue {
  readonly #fields: Fields | undefined;

  constructor(raw: JSONObject, fields: Fields | undefined) {
    super(raw);
    this.#fields = fields;
  }

  override find(key: Value): Value | undefined {
    const field = typeof key === 'string' ? lookUpEscaped(this.#fields, key) : undefined;
    if (field === undefined || !Object.hasOwn(this.raw, field.jsonName)) return undefined;
    return this.raw[field.jsonName] === null ? undefined : this.adapt(field.jsonName, field.type);
  }

  override keys(): Iterable<Value> {
    return Object.keys(this.raw).flatMap((name) => escapeIdentifier(name) ?? []);
  }

  /** Unlike expressions, equality sees properties that are not declared. */
  override equals(other: Value): Value {
    if (!(other instanceof JSONStruct)) return super.equals(other);
    if (this.size !== other.size) return false;
    for (const [name, mine] of Object.entries(this.raw)) {
      if (!Object.hasOwn(other.raw, name)) return false;
      const type = this.#fields?.get(escapeIdentifier(name) ?? '')?.type ?? DYN;
      const theirs = other.raw[name];
      const same =
        mine === null || theirs === null
          ? mine === theirs
          : equal(adaptJSON(type, mine), adaptJSON(type, theirs));
      if (same !== true) return same;
    }
    return true;
  }
}
