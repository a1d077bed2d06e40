import * as fc from 'fast-check';
import type { FieldType, SchemaOr, StructSchema } from '../worker/registry/schema/schema.ts';

const TEXTS = fc.constantFrom(
  '',
  'a',
  'A b',
  '-1',
  '25%',
  'Always',
  'TCP',
  '../x',
  '10.0.0.1',
  'é',
);
const QUANTITIES = fc.constantFrom('0', '1', '-1', '100m', '1Gi', '1e3');

/** JSON of a type, with members left out, nulls, and values that mean nothing. */
function arbitraryOf(type: FieldType, depth: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'any':
      return type.schemaOr === undefined
        ? fc.jsonValue({ maxDepth: 1 })
        : schemaOrArbitrary(type.schemaOr, depth);
    case 'list':
      return fc.array(arbitraryOf(type.element, depth - 1), { maxLength: 2 });
    case 'map':
      return fc.dictionary(TEXTS, arbitraryOf(type.element, depth - 1), { maxKeys: 2 });
    case 'struct':
      return depth <= 0 ? fc.constant({}) : fc.option(structOf(type.struct, depth - 1));
    case 'scalar':
      switch (type.name) {
        case 'int32':
        case 'int64':
        case 'double':
          return fc.constantFrom(0, 1, -1, 80, 70_000);
        case 'boolean':
          return fc.boolean();
        case 'quantity':
          return QUANTITIES;
        case 'intOrString':
          return fc.constantFrom(0, 80, -1, 'http', '25%', '');
        case 'bytes':
          return fc.constantFrom('', 'eA==');
        case 'time':
          return fc.constantFrom('2026-01-01T00:00:00Z', null);
        case 'microTime':
          return fc.constantFrom('2026-01-01T00:00:00.000000Z', null);
        default:
          return TEXTS;
      }
    default:
      return type satisfies never;
  }
}

/** A schema or the simpler thing that may stand in its place. */
function schemaOrArbitrary({ other, schema }: SchemaOr, depth: number): fc.Arbitrary<unknown> {
  const nested = depth <= 0 ? fc.constant({}) : structOf(schema, depth - 1);
  switch (other) {
    case 'boolean':
      return fc.oneof(nested, fc.boolean());
    case 'schemas':
      return fc.oneof(nested, fc.array(nested, { maxLength: 2 }));
    case 'strings':
      return fc.oneof(nested, fc.array(TEXTS, { maxLength: 2 }));
    default:
      return other satisfies never;
  }
}

/** JSON of a struct, without apiVersion and kind; `depth` bounds its nesting. */
export function structOf(struct: StructSchema, depth: number): fc.Arbitrary<object> {
  // Only some fields at a time: with all of them every object would be the same kind of wrong.
  const names = [...struct.fields.keys()].filter((n) => n !== 'apiVersion' && n !== 'kind');
  return fc
    .subarray(names, { maxLength: Math.min(6, names.length) })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(
          chosen.map((name) => [name, arbitraryOf(struct.fields.get(name)!.type, depth)]),
        ),
      ),
    );
}
