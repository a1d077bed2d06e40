import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { structOf } from '../../../test/schema-arbitraries.ts';
import { formatAPIVersion } from '../../../apimachinery/meta.ts';
import { decodeObject, type ExpectedType } from '../schema/decode.ts';
import { lookupSchema, SCHEMA_KINDS } from '../schema/schema.ts';
import { decodeProtobufBody } from './decode-body.ts';
import { encodeProtobuf } from './encode.ts';

// The schemas in a CustomResourceDefinition are unions that the arbitrary objects do not know: for
// them there are the cases of protobuf.test.ts.
const KINDS: ExpectedType[] = SCHEMA_KINDS.filter(
  ({ kind }) => kind !== 'CustomResourceDefinition',
).map(({ group, version, kind, schema }) => ({
  apiVersion: formatAPIVersion(group, version),
  kind,
  schema,
}));

/** Without what protobuf may lose: values that say no more than that nothing was said. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutZeros(item) ?? null);
  if (value === '' || value === 0 || value === '0' || value === false) return undefined;
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const members = Object.entries(value)
    .map(([key, member]) => [key, withoutZeros(member)] as const)
    .filter(([, member]) => member !== undefined && !isEmpty(member));
  return Object.fromEntries(members);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

describe('any object of any kind', () => {
  it.each(KINDS)('$kind in $apiVersion survives protobuf', (expected) => {
    const { apiVersion, kind, schema } = expected;
    const overTheWire = (object: Parameters<typeof encodeProtobuf>[0]) =>
      decodeProtobufBody(encodeProtobuf(object), expected).object;
    fc.assert(
      fc.property(structOf(lookupSchema(schema), 7), (value) => {
        const text = JSON.stringify({ ...value, apiVersion, kind });
        const { object } = decodeObject(text, 'json', expected, 'Ignore');
        const once = overTheWire({ ...object });
        expect(withoutZeros(once)).toEqual(withoutZeros(object));
        expect(overTheWire({ ...once })).toEqual(once);
      }),
      { numRuns: 60 },
    );
  });
});
