import { DYN, INT, mapOf, STRING, type CelType } from '../types/cel-type.ts';
import { unescapeIdentifier } from '../identifiers.ts';
import { Duration } from './duration.ts';
import { ErrorValue } from './error-value.ts';
import { ListValue } from './list-value.ts';
import { EntryMap, MapValue } from './map-value.ts';
import { newTimestamp } from './timestamp.ts';
import type { Value } from './value.ts';

/** An object that a message literal made. Fields are looked up by the names that expressions use. */
export class StructLiteral extends MapValue {
  override readonly type: CelType;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(type: CelType, values: ReadonlyMap<string, Value>) {
    super();
    this.type = type;
    this.#values = values;
  }

  override get size(): number {
    return this.#values.size;
  }

  override find(key: Value): Value | undefined {
    return typeof key === 'string' ? this.#values.get(key) : undefined;
  }

  override keys(): Iterable<Value> {
    return this.#values.keys();
  }

  /** Fields by the names that JSON has for them. */
  *jsonEntries(): Iterable<readonly [string, Value]> {
    for (const [name, value] of this.#values) {
      const jsonName = this.type.fields?.get(name)?.jsonName;
      yield [jsonName ?? unescapeIdentifier(name) ?? name, value];
    }
  }
}

const SECONDS_AND_NANOS = new Map([
  ['seconds', { type: INT, jsonName: 'seconds' }],
  ['nanos', { type: INT, jsonName: 'nanos' }],
]);

/** Types that literals of well-known messages have in place of a struct of their own. */
export const WELL_KNOWN_MESSAGES: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  [
    'google.protobuf.Timestamp',
    {
      kind: 'timestamp',
      name: 'google.protobuf.Timestamp',
      parameters: [],
      fields: SECONDS_AND_NANOS,
    },
  ],
  [
    'google.protobuf.Duration',
    {
      kind: 'duration',
      name: 'google.protobuf.Duration',
      parameters: [],
      fields: SECONDS_AND_NANOS,
    },
  ],
  [
    'google.protobuf.Struct',
    mapOf(STRING, DYN, {
      fields: new Map([['fields', { type: mapOf(STRING, DYN), jsonName: 'fields' }]]),
    }),
  ],
]);

const NANO = 1_000_000_000n;

const nanosecondsOf = (values: ReadonlyMap<string, Value>): bigint => {
  const [seconds, nanos] = ['seconds', 'nanos'].map((name) => {
    const value = values.get(name);
    return typeof value === 'bigint' ? value : 0n;
  });
  return (seconds ?? 0n) * NANO + (nanos ?? 0n);
};

/** The value of a message literal, whose fields the checker found to be the type's. */
export function newStruct(type: CelType, values: ReadonlyMap<string, Value>): Value {
  switch (type.kind) {
    case 'timestamp':
      return newTimestamp(nanosecondsOf(values)) ?? new ErrorValue('timestamp overflow');
    case 'duration':
      return new Duration(nanosecondsOf(values));
    case 'map': {
      const fields = values.get('fields');
      return fields instanceof MapValue ? fields : new EntryMap();
    }
    default:
      return new StructLiteral(type, values);
  }
}

/**
 * Complaints about nested `Object…{}` literals whose type is not the path of fields that leads to
 * them, which the checker does not know (apiserver `CheckTypeNamesMatchFieldPathNames`).
 */
export function objectTypeMismatches(value: Value, path = 'Object'): string[] {
  if (value instanceof ListValue) {
    return value.toArray().flatMap((element) => objectTypeMismatches(element, path));
  }
  if (!(value instanceof MapValue)) return [];
  const isLiteral = value instanceof StructLiteral;
  const complaints =
    isLiteral && value.type.name !== path
      ? [
          `unexpected type name ${JSON.stringify(value.type.name)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`,
        ]
      : [];
  for (const key of value.keys()) {
    const inner = isLiteral && typeof key === 'string' ? `${path}.${key}` : path;
    complaints.push(...objectTypeMismatches(value.find(key) ?? null, inner));
  }
  return complaints;
}
