import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { StatusError } from '../../../apimachinery/status-error.ts';
import { readCases } from '../../../test/golden-cases.ts';
import type { ResourceInfo } from '../kind-table.ts';
import { findResource } from '../resource-table.ts';
import { decodeObject } from '../schema/decode.ts';
import { compileDefinition } from './definition.ts';
import { shapeCustom } from './objects/decode-custom.ts';
import { itemsOf, type JSONSchema, rulesOf } from './schema/json-schema.ts';

/** Definitions of upstream's cases, whatever they were meant to show. */
const DEFINITIONS: readonly ResourceInfo[] = [
  ...new Set(
    readCases(new URL('testdata/crd.jsonl', import.meta.url))
      .filter((c) => c.op === 'cr')
      .map((c) => JSON.stringify(c.in.crd)),
  ),
].map((text) => compileDefinition(JSON.parse(text) as KubernetesObject).stored);

const anything = fc.jsonValue({ maxDepth: 3 });

/** Values that a schema half expects. */
function valueFor(schema: JSONSchema, depth = 0): fc.Arbitrary<unknown> {
  if (depth > 4) return anything;
  return fc.oneof(
    { weight: 8, arbitrary: expectedFor(schema, depth + 1) },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

function expectedFor(schema: JSONSchema, depth: number): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined && schema.enum.length > 0) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return fieldsFor(schema, depth);
    case 'array':
      return fc.array(valueFor(itemsOf(schema) ?? {}, depth), { maxLength: 4 });
    case 'string':
      return fc.oneof(fc.string(), fc.constantFrom('', 'a', 'b', '1', '2026-01-01T00:00:00Z'));
    case 'integer':
      return fc.integer({ min: -20, max: 20 });
    case 'number':
      return fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'boolean':
      return fc.boolean();
    default:
      return fc.oneof(fc.integer(), fc.string(), anything);
  }
}

function fieldsFor(schema: JSONSchema, depth: number): fc.Arbitrary<object> {
  const { properties = {}, additionalProperties: additional } = schema;
  const declared = Object.entries(properties).map(([k, s]) => [k, valueFor(s, depth)] as const);
  const other = typeof additional === 'object' ? valueFor(additional, depth) : anything;
  return fc
    .tuple(
      fc.record(Object.fromEntries(declared), { requiredKeys: [] }),
      fc.dictionary(fc.string({ maxLength: 4 }), other, { maxKeys: 2 }),
    )
    .map(([known, more]) => ({ ...more, ...known }));
}

const schemaOf = (info: ResourceInfo): JSONSchema => info.custom?.definitionSchema ?? {};

/** A definition, and the text of an object of it. */
const bodies = fc.constantFrom(...DEFINITIONS).chain((info) =>
  fc
    .tuple(valueFor({ type: 'object', ...schemaOf(info) }), fc.oneof(anything, fc.constant({})))
    .map(([fields, metadata]) => {
      const { group, version, kind } = info;
      const type = { apiVersion: `${group}/${version}`, kind };
      const own = typeof fields === 'object' && !Array.isArray(fields) ? fields : { spec: fields };
      return { info, text: JSON.stringify({ ...own, ...type, metadata }) };
    }),
);

/** The object of a body; undefined for one that is refused, which takes a StatusError. */
function decode(info: ResourceInfo, text: string): KubernetesObject | undefined {
  const { group, version, kind, custom } = info;
  const expected = { apiVersion: `${group}/${version}`, kind, schema: '', custom: custom! };
  try {
    return decodeObject(text, 'json', expected, 'Ignore').object;
  } catch (error) {
    expect(error).toBeInstanceOf(StatusError);
    return undefined;
  }
}

const runs = { numRuns: 400 };

describe('any custom object', () => {
  it('is pruned once and for all', () => {
    fc.assert(
      fc.property(bodies, ({ info, text }) => {
        const object = decode(info, text);
        if (object === undefined) return;
        const again = structuredClone(object);
        expect(shapeCustom(again, schemaOf(info), 'refuse malformed')).toEqual([]);
        expect(again).toEqual(object);
      }),
      runs,
    );
  });

  it('is given its defaults once and for all', () => {
    fc.assert(
      fc.property(bodies, ({ info, text }) => {
        const object = decode(info, text);
        if (object === undefined) return;
        info.strategy.setDefaults?.(object);
        const again = structuredClone(object);
        info.strategy.setDefaults?.(again);
        expect(again).toEqual(object);
      }),
      runs,
    );
  });

  it('is found valid or invalid, and never breaks the validation', () => {
    fc.assert(
      fc.property(bodies, ({ info, text }) => {
        const object = decode(info, text);
        if (object === undefined) return;
        info.strategy.setDefaults?.(object);
        for (const error of info.strategy.validate?.(object) ?? []) {
          expect(error).toMatchObject({ field: expect.any(String), message: expect.any(String) });
        }
      }),
      runs,
    );
  });

  it('may stay as it is where the schema knows all of it, however it came about', () => {
    const { stored } = compileDefinition(definitionOf(RATCHETED));
    fc.assert(
      fc.property(shapedFor(RATCHETED), (spec) => {
        const object = { ...TYPE, metadata: { name: 'a' }, spec } as KubernetesObject;
        stored.strategy.setDefaults?.(object);
        const same = structuredClone(object);
        expect(stored.strategy.validateUpdate?.(same, object)).toEqual([]);
      }),
      runs,
    );
  });
});

describe('any definition', () => {
  const keywords: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    type: fc.constantFrom('object', 'array', 'string', 'integer', 'number', 'boolean', '', 'x'),
    format: fc.constantFrom('date-time', 'int32', 'x'),
    nullable: fc.boolean(),
    default: fc.oneof(anything, fc.constantFrom<unknown>({}, [], '', 0, true)),
    minimum: fc.double({ noNaN: true, noDefaultInfinity: true }),
    multipleOf: fc.integer(),
    maxLength: fc.integer({ min: -1 }),
    maxItems: fc.integer({ min: -1, max: 9 }),
    maxProperties: fc.integer({ min: -1, max: 9 }),
    pattern: fc.constantFrom('a', '(', '[a-z]+'),
    required: fc.array(fc.constantFrom('a', 'b', 'metadata')),
    enum: fc.array(anything, { maxLength: 3 }),
    'x-kubernetes-preserve-unknown-fields': fc.boolean(),
    'x-kubernetes-embedded-resource': fc.boolean(),
    'x-kubernetes-int-or-string': fc.boolean(),
    'x-kubernetes-list-type': fc.constantFrom('atomic', 'set', 'map', 'x'),
    'x-kubernetes-list-map-keys': fc.array(fc.constantFrom('a', 'b')),
    'x-kubernetes-map-type': fc.constantFrom('atomic', 'granular', 'x'),
    'x-kubernetes-validations': fc.array(
      fc.record(
        {
          rule: fc.constantFrom(
            '',
            'true',
            'self.a > 1',
            'self == oldSelf',
            'self.all(x, x.b',
            '1',
          ),
          message: fc.constantFrom('', 'm', 'a\nb'),
          messageExpression: fc.constantFrom('', 'self', "'a'", '('),
          fieldPath: fc.constantFrom('', '.a', '.a.b', '[', '.x'),
          reason: fc.constantFrom('FieldValueInvalid', 'x'),
          optionalOldSelf: fc.boolean(),
        },
        { requiredKeys: ['rule'] },
      ),
      { maxLength: 2 },
    ),
  };
  const schemaTo: fc.Memo<object> = fc.memo((depth): fc.Arbitrary<object> => {
    const below: fc.Arbitrary<object> =
      depth <= 1 ? fc.constant({ type: 'string' }) : schemaTo(depth - 1);
    const nested = fc.oneof({ weight: 1, arbitrary: anything }, { weight: 4, arbitrary: below });
    return fc.record(
      {
        ...keywords,
        items: nested,
        additionalProperties: nested,
        properties: fc.dictionary(fc.constantFrom('a', 'b', 'metadata', 'x-y'), below, {
          maxKeys: 2,
        }),
        allOf: fc.array(below, { maxLength: 1 }),
        not: below,
        dependencies: fc.dictionary(fc.constantFrom('a'), nested),
      },
      { requiredKeys: [] },
    );
  });

  it('is refused or found valid or invalid, and never breaks the validation', () => {
    const info = findResource('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')!;
    fc.assert(
      fc.property(schemaTo(2), (openAPIV3Schema) => {
        const type = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
        const body = { ...type, ...definitionOf({}, openAPIV3Schema) };
        let object: KubernetesObject;
        try {
          const expected = { ...type, schema: info.schema };
          ({ object } = decodeObject(JSON.stringify(body), 'json', expected, 'Ignore'));
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
          return;
        }
        info.strategy.setDefaults?.(object);
        const errors = info.strategy.validate?.(object) ?? [];
        const { stored } = compileDefinition(object);
        const empty = { ...TYPE, metadata: { name: 'a' } };
        if (errors.length === 0) stored.strategy.validate?.(empty);
      }),
      { numRuns: 60 },
    );
  });
});

const TYPE = { apiVersion: 'example.com/v1', kind: 'Foo' };

const RATCHETED: JSONSchema = {
  type: 'object',
  required: ['text', 'mode'],
  'x-kubernetes-validations': [{ rule: 'has(self.deep)' }],
  properties: {
    text: { type: 'string', minLength: 2, maxLength: 3, pattern: '^[a-z]+$', format: 'date-time' },
    mode: { type: 'string', enum: ['a', 'b'], default: 'a' },
    size: { type: 'integer', minimum: 5, multipleOf: 2, oneOf: [{ maximum: 8 }, { minimum: 7 }] },
    deep: {
      type: 'object',
      minProperties: 2,
      required: ['flag'],
      properties: { flag: { type: 'boolean' }, ratio: { type: 'number', maximum: 1 } },
    },
    list: {
      type: 'array',
      maxItems: 1,
      items: {
        type: 'object',
        required: ['key'],
        properties: {
          key: { type: 'string', not: { enum: ['a'] } },
          count: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 3' }] },
        },
      },
    },
    map: {
      type: 'object',
      maxProperties: 1,
      additionalProperties: { type: 'string', maxLength: 1 },
    },
  },
};

const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom('a', 'b', 'ab', 6, 7),
);

/** Values of a schema's shape, with scalars of any type: what is not null can be correlated. */
function shapedFor(schema: JSONSchema): fc.Arbitrary<unknown> {
  const { type, properties = {}, additionalProperties: additional, items } = schema;
  if (type === 'array') return fc.array(shapedFor(items as JSONSchema), { maxLength: 3 });
  // Rules that cannot be evaluated are told whatever changed.
  if (type !== 'object') return rulesOf(schema).length > 0 ? fc.integer() : scalar;
  if (typeof additional === 'object') return fc.dictionary(fc.string(), shapedFor(additional));
  const fields = Object.entries(properties).map(([key, s]) => [key, shapedFor(s)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

const definitionOf = (
  spec: JSONSchema,
  openAPIV3Schema: object = { type: 'object', properties: { spec } },
): KubernetesObject => ({
  metadata: { name: 'foos.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'foos', kind: 'Foo' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema },
      },
    ],
  },
});
