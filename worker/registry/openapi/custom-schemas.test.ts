import { describe, expect, it } from 'vitest';
import { compileDefinition } from '../crd/definition.ts';
import type { JSONSchema } from '../crd/schema/json-schema.ts';
import { openAPIV2Document } from './document-v2.ts';
import { openAPIV3Document } from './document.ts';
import { descriptionsFrom, NO_DESCRIPTIONS } from './descriptions.ts';

type JSONObject = Record<string, unknown>;
interface Document {
  readonly paths: Record<string, Record<string, JSONObject>>;
  readonly components: { readonly schemas: Record<string, JSONObject> };
}

const widgets = (openAPIV3Schema: JSONSchema) =>
  compileDefinition({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.shop.example.com', generation: 1 },
    spec: {
      group: 'shop.example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetSet' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
          subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas' } },
        },
      ],
    },
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  }).served;

const NAME = 'com.example.shop.v1.Widget';
const SCHEMA: JSONSchema = {
  type: 'object',
  description: 'Something to sell.',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size', 'note'],
      properties: {
        size: { type: 'integer', minimum: 1, default: 1 },
        note: { type: 'string', nullable: true },
        port: { 'x-kubernetes-int-or-string': true },
        free: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { a: { type: 'string' } },
        },
        template: { type: 'object', 'x-kubernetes-embedded-resource': true },
        tags: { type: 'array', items: { type: 'string', oneOf: [{ pattern: 'a' }] } },
      },
    },
  },
};

const v3Of = (schema: JSONSchema, descriptions = NO_DESCRIPTIONS): Document =>
  openAPIV3Document(widgets(schema), 'shop.example.com', 'v1', descriptions) as unknown as Document;
const v2Of = (schema: JSONSchema) => openAPIV2Document(widgets(schema), 'v1.36.0', NO_DESCRIPTIONS);

const childrenOf = (schema: JSONObject | undefined): Record<string, JSONObject> =>
  (schema?.['properties'] ?? {}) as Record<string, JSONObject>;

describe('OpenAPI of custom resources', () => {
  const document = v3Of(SCHEMA);
  const schema = document.components.schemas[NAME];

  it('has the schema of a version, and of its lists', () => {
    expect(schema).toMatchObject({
      type: 'object',
      description: 'Something to sell.',
      required: ['spec'],
      properties: {
        apiVersion: { type: 'string' },
        metadata: {
          allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
        },
      },
      'x-kubernetes-group-version-kind': [
        { group: 'shop.example.com', kind: 'Widget', version: 'v1' },
      ],
    });
    expect(document.components.schemas['com.example.shop.v1.WidgetSet']).toMatchObject({
      required: ['items'],
      properties: { items: { items: { $ref: `#/components/schemas/${NAME}` } } },
    });
  });

  it('spells out what extensions mean', () => {
    const spec = childrenOf(childrenOf(schema)['spec']);
    expect(spec['port']).toEqual({
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
    });
    expect(spec['template']?.['required']).toEqual(['kind', 'apiVersion']);
    expect(Object.keys(childrenOf(spec['template']))).toEqual(['apiVersion', 'kind', 'metadata']);
  });

  it('contains everything that it refers to', () => {
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((m) => m[1] ?? '');
    expect(names).toContain('io.k8s.api.autoscaling.v1.Scale');
    for (const name of names) expect(document.components.schemas).toHaveProperty([name]);
  });

  it('has paths by which kubectl finds the kind', () => {
    const item = '/apis/shop.example.com/v1/namespaces/{namespace}/widgets/{name}';
    const { patch } = document.paths[item] ?? {};
    expect(patch).toMatchObject({
      'x-kubernetes-group-version-kind': {
        group: 'shop.example.com',
        version: 'v1',
        kind: 'Widget',
      },
    });
    expect(JSON.stringify(patch)).not.toContain('strategic');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([`${item}/status`, `${item}/scale`]),
    );
  });

  it('describes metadata as it is described everywhere', () => {
    const describe = descriptionsFrom({ 'io.k8s.api.core.v1.Pod': { kind: 'of the kind' } });
    const described = v3Of(SCHEMA, describe).components.schemas[NAME];
    expect(childrenOf(described)['kind']).toEqual({ type: 'string', description: 'of the kind' });
  });

  it('leaves out of Swagger 2.0 what kubectl would get wrong there', () => {
    const { definitions } = v2Of(SCHEMA);
    const spec = definitions[NAME]?.['properties'] as Record<string, JSONObject>;
    expect(spec['spec']).toEqual({
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1 },
        note: {},
        port: { 'x-kubernetes-int-or-string': true },
        free: { 'x-kubernetes-preserve-unknown-fields': true },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          required: ['kind', 'apiVersion'],
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
          },
        },
        tags: { type: 'array', items: { type: 'string' } },
      },
    });
  });

  it('names no fields in Swagger 2.0 where any are let in', () => {
    const { definitions } = v2Of({ ...SCHEMA, 'x-kubernetes-preserve-unknown-fields': true });
    expect(Object.keys(definitions[NAME] ?? {})).toEqual([
      'type',
      'x-kubernetes-group-version-kind',
    ]);
  });
});
