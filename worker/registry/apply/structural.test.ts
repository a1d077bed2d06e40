import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { newFieldManager } from './field-manager.ts';
import { newStructuralTypes } from './structural-managed-types.ts';
import type { StructuralSchema } from './structural-merge-type.ts';

const SCHEMA: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        map: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name', 'proto'],
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              proto: { type: 'string', default: 'TCP' },
              v: { type: 'integer' },
            },
          },
        },
        keyed: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['b', 'a'],
          items: {
            type: 'object',
            properties: {
              a: { type: 'string' },
              b: { type: 'string' },
              v: { type: 'integer' },
            },
          },
        },
        atom: { type: 'array', items: { type: 'integer' } },
        amap: {
          type: 'object',
          'x-kubernetes-map-type': 'atomic',
          additionalProperties: { type: 'string' },
        },
        gmap: { type: 'object', additionalProperties: { type: 'string' } },
        pu: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        ios: { 'x-kubernetes-int-or-string': true },
        day: { type: 'string', format: 'date' },
      },
    },
  },
};

const types = newStructuralTypes({
  apiVersion: 'example.com/v1',
  kind: 'Foo',
  schema: SCHEMA,
  normalize: (value) => value,
});
const manager = newFieldManager(types);

function apply(live: KubernetesObject | null, name: string, spec: unknown, force = false) {
  return manager.apply({
    live,
    applied: { apiVersion: 'example.com/v1', kind: 'Foo', metadata: { name: 'a' }, spec },
    manager: name,
    subresource: '',
    now: 0,
    force,
  }).object;
}

const fieldsOf = (object: KubernetesObject, name: string): unknown =>
  object.metadata.managedFields?.find((entry) => entry.manager === name)?.fieldsV1;

const FULL = {
  set: ['a', 'b'],
  map: [{ name: 'x', v: 1 }],
  atom: [1, 2],
  amap: { a: '1' },
  gmap: { a: '1' },
  pu: { x: { y: 1 }, l: [1] },
  ios: 5,
  day: '2026-01-01',
};

/** The same fields and answers as upstream's apiextensions server gives for such a schema. */
describe('server-side apply of custom objects', () => {
  it('owns sets, list maps, maps and open objects by their parts', () => {
    const object = apply(null, 'm1', FULL);
    expect(fieldsOf(object, 'm1')).toEqual({
      'f:spec': {
        'f:set': { 'v:"a"': {}, 'v:"b"': {} },
        'f:map': { 'k:{"name":"x","proto":"TCP"}': { '.': {}, 'f:name': {}, 'f:v': {} } },
        'f:atom': {},
        'f:amap': {},
        'f:gmap': { 'f:a': {} },
        'f:pu': { 'f:x': { '.': {}, 'f:y': {} }, 'f:l': {} },
        'f:ios': {},
        'f:day': {},
      },
    });
  });

  it('merges what a second manager adds and keeps the rest', () => {
    const object = apply(apply(null, 'm1', FULL), 'm2', {
      set: ['b', 'c'],
      map: [{ name: 'x', proto: 'UDP', v: 2 }],
      gmap: { b: '2' },
    });
    expect(object['spec']).toMatchObject({
      set: ['a', 'b', 'c'],
      map: [
        { name: 'x', v: 1 },
        { name: 'x', proto: 'UDP', v: 2 },
      ],
      gmap: { a: '1', b: '2' },
      atom: [1, 2],
    });
  });

  it('names every field that others own', () => {
    const live = apply(null, 'm1', FULL);
    const other = { atom: [3], amap: { b: '1' }, map: [{ name: 'x', proto: 'TCP', v: 3 }] };
    expect(() => apply(live, 'm2', other)).toThrow(
      'Apply failed with 3 conflicts: conflicts with "m1":\n- .spec.amap\n- .spec.atom\n- .spec.map[name="x",proto="TCP"].v',
    );
  });

  it.each([
    [{ zz: 1 }, '.spec.zz: field not declared in schema'],
    [{ set: ['a', 'a'] }, '.spec.set: duplicate entries for key [="a"]'],
    [{ atom: 'x' }, '.spec.atom: expected list, got &{x}'],
    [{ atom: ['x'] }, '.spec.atom[0]: expected numeric (int or float), got string'],
    [{ gmap: { a: 1 } }, '.spec.gmap.a: expected string, got &value.valueUnstructured{Value:1}'],
    [
      { keyed: [{ v: 1 }] },
      '.spec.keyed: element 0: associative list with keys has an element that omits all key fields ["b" "a"] (and doesn\'t have default values for any key fields)',
    ],
  ])('refuses %j, which does not fit the schema', (spec, wantMessage) => {
    expect(() => apply(null, 'm1', spec)).toThrow(
      `failed to create typed patch object (/a; example.com/v1, Kind=Foo): ${wantMessage}`,
    );
  });

  it('tells elements of a list map apart by the keys that they have', () => {
    const object = apply(null, 'm1', { keyed: [{ a: '1' }, { a: '1', b: '2' }] });
    expect(fieldsOf(object, 'm1')).toEqual({
      'f:spec': {
        'f:keyed': {
          'k:{"a":"1"}': { '.': {}, 'f:a': {} },
          'k:{"a":"1","b":"2"}': { '.': {}, 'f:a': {}, 'f:b': {} },
        },
      },
    });
  });

  it('does not take an empty list of managedFields for a wish to be rid of them', () => {
    const live = apply(null, 'm1', FULL);
    const metadata = { ...live.metadata, uid: 'u' };
    const write = { live: { ...live, metadata }, manager: 'm2', subresource: '', now: 0 };
    const updated = (managedFields: object[]) => ({
      ...live,
      metadata: { ...metadata, managedFields },
    });
    const kept = manager.update({ ...write, updated: updated([]) });
    expect(kept.metadata.managedFields).toEqual(live.metadata.managedFields);
    const emptied = manager.update({ ...write, updated: updated([{}]) });
    expect(emptied.metadata.managedFields).toBeUndefined();
  });

  it('tracks an update of an object that has no schema by its parts', () => {
    const open = newFieldManager(
      newStructuralTypes({
        apiVersion: 'example.com/v1',
        kind: 'Bar',
        schema: undefined,
        normalize: (value) => value,
      }),
    );
    const object = open.update({
      live: null,
      updated: {
        apiVersion: 'example.com/v1',
        kind: 'Bar',
        metadata: { name: 'b' },
        spec: { a: [1], b: { c: 1 } },
      },
      manager: 'm',
      subresource: '',
      now: 0,
    });
    expect(fieldsOf(object, 'm')).toEqual({
      'f:spec': { '.': {}, 'f:a': {}, 'f:b': { '.': {}, 'f:c': {} } },
    });
  });

  it('keeps what is known of owners when an update does not fit the schema', () => {
    const live = apply(null, 'm1', FULL);
    const updated = { ...live, spec: { atom: 'x' } };
    const object = manager.update({ live, updated, manager: 'm2', subresource: '', now: 0 });
    expect(object.metadata.managedFields).toEqual(live.metadata.managedFields);
    expect(object['spec']).toEqual({ atom: 'x' });
  });

  it('gives an atomic value to those who owned parts of it before the schema said so', () => {
    const open = newFieldManager(
      newStructuralTypes({
        apiVersion: 'example.com/v1',
        kind: 'Foo',
        schema: {
          type: 'object',
          properties: {
            spec: {
              type: 'object',
              properties: {
                gmap: {
                  type: 'object',
                  'x-kubernetes-map-type': 'atomic',
                  additionalProperties: { type: 'string' },
                },
              },
            },
          },
        },
        normalize: (value) => value,
      }),
    );
    const live = {
      ...apply(null, 'm1', { gmap: { a: '1' } }),
      metadata: { ...apply(null, 'm1', { gmap: { a: '1' } }).metadata, uid: 'u' },
    };
    const updated = { ...live, metadata: { ...live.metadata, labels: { a: 'b' } } };
    const object = open.update({ live, updated, manager: 'm2', subresource: '', now: 0 });
    expect(fieldsOf(object, 'm1')).toEqual({ 'f:spec': { 'f:gmap': {} } });
  });
});

describe('objects in several versions', () => {
  const rename = (from: string, to: string) => (object: Readonly<Record<string, unknown>>) => {
    const { [from]: value, ...rest } = (object['spec'] ?? {}) as Record<string, unknown>;
    if (object['spec'] === undefined) return object;
    return { ...object, spec: value === undefined ? rest : { ...rest, [to]: value } };
  };
  const versioned = (apiVersion: string, isNew: boolean) =>
    newFieldManager(
      newStructuralTypes({
        apiVersion,
        kind: 'Foo',
        schema: undefined,
        normalize: (value) => value,
        version: (other) => {
          if (other !== 'example.com/v1' && other !== 'example.com/v2') return undefined;
          const up = rename('old', 'new');
          const down = rename('new', 'old');
          return {
            type: newStructuralTypes({
              apiVersion: other,
              kind: 'Foo',
              schema: undefined,
              normalize: (v) => v,
            }).type,
            convert: isNew ? down : up,
            convertBack: isNew ? up : down,
          };
        },
      }),
    );
  const write = (apiVersion: string, name: string, spec: unknown) => ({
    applied: { apiVersion, kind: 'Foo', metadata: { name: 'a' }, spec },
    manager: name,
    subresource: '',
    now: 0,
    force: false,
  });

  it('finds conflicts with fields that are owned in another version', () => {
    const v1 = versioned('example.com/v1', false);
    const v2 = versioned('example.com/v2', true);
    const { object } = v1.apply({ live: null, ...write('example.com/v1', 'm1', { old: 1 }) });
    const live = { ...rename('old', 'new')(object), apiVersion: 'example.com/v2' };
    const applied = write('example.com/v2', 'm2', { new: 2 });
    expect(() => v2.apply({ live: live as KubernetesObject, ...applied })).toThrow(
      'Apply failed with 1 conflict: conflict with "m1": .spec.old',
    );
  });

  it('removes what the same manager applied in another version', () => {
    const v1 = versioned('example.com/v1', false);
    const v2 = versioned('example.com/v2', true);
    const { object } = v1.apply({ live: null, ...write('example.com/v1', 'm1', { old: 1, b: 2 }) });
    const live = { ...rename('old', 'new')(object), apiVersion: 'example.com/v2' };
    const applied = write('example.com/v2', 'm1', { b: 2 });
    const result = v2.apply({ live: live as KubernetesObject, ...applied }).object;
    expect(result['spec']).toEqual({ b: 2 });
    expect(result.metadata.managedFields).toMatchObject([{ apiVersion: 'example.com/v2' }]);
  });

  it('forgets who wrote in a version that is not served any more', () => {
    const v2 = versioned('example.com/v2', true);
    const live: KubernetesObject = {
      apiVersion: 'example.com/v2',
      kind: 'Foo',
      metadata: {
        name: 'a',
        uid: 'u',
        managedFields: [
          {
            manager: 'gone',
            operation: 'Apply',
            apiVersion: 'example.com/v0',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:spec': { 'f:b': {} } },
          },
        ],
      },
      spec: { b: 1 },
    };
    const { object } = v2.apply({ live, ...write('example.com/v2', 'm', { b: 2 }) });
    expect(object.metadata.managedFields?.map((entry) => entry.manager)).toEqual(['m']);
  });
});
