import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FieldSet,
  hasPath,
  intersectSets,
  isEmptySet,
  subtractSet,
  subtractTree,
  unionSets,
  visitPaths,
} from './field-set.ts';
import { newFieldSet } from './field-set-builder.ts';
import { readFieldsV1, sortFields } from './fields-v1.ts';
import { compareElements, formatPath, readElement } from './path-element.ts';

const ELEMENTS = ['f:a', 'f:b', 'k:{"name":"x"}', 'k:{"name":"y"}', 'v:1', 'v:"a"', 'i:0'];
const PATHS = fc.array(fc.array(fc.constantFrom(...ELEMENTS), { minLength: 1, maxLength: 3 }), {
  maxLength: 8,
});

function pathsOf(set: FieldSet): Set<string> {
  const paths = new Set<string>();
  visitPaths(set, (path) => paths.add(JSON.stringify(path)));
  return paths;
}

const textsOf = (paths: string[][]): Set<string> => new Set(paths.map((p) => JSON.stringify(p)));

describe('sets of fields', () => {
  it('hold exactly the paths that were put in', () => {
    fc.assert(
      fc.property(PATHS, (paths) => {
        expect(pathsOf(newFieldSet(paths))).toEqual(textsOf(paths));
      }),
    );
  });

  it('unite, intersect and subtract as sets of paths do', () => {
    fc.assert(
      fc.property(PATHS, PATHS, (a, b) => {
        const [left, right] = [newFieldSet(a), newFieldSet(b)];
        const [lefts, rights] = [textsOf(a), textsOf(b)];
        expect(pathsOf(unionSets(left, right))).toEqual(new Set([...lefts, ...rights]));
        expect(pathsOf(intersectSets(left, right))).toEqual(
          new Set([...lefts].filter((path) => rights.has(path))),
        );
        expect(pathsOf(subtractSet(left, right))).toEqual(
          new Set([...lefts].filter((path) => !rights.has(path))),
        );
      }),
    );
  });

  it('lose everything below a path that is subtracted with its tree', () => {
    fc.assert(
      fc.property(PATHS, PATHS, (a, b) => {
        const want = a.filter(
          (path) => !path.some((_, i) => hasPath(newFieldSet(b), path.slice(0, i + 1))),
        );
        expect(pathsOf(subtractTree(newFieldSet(a), newFieldSet(b)))).toEqual(textsOf(want));
      }),
    );
  });

  it('are empty once all of their paths are gone', () => {
    fc.assert(
      fc.property(PATHS, (paths) => {
        const set = newFieldSet(paths);
        return isEmptySet(subtractSet(set, set)) && isEmptySet(set) === (paths.length === 0);
      }),
    );
  });

  it('come back from FieldsV1 as they went, whatever the order of members', () => {
    fc.assert(
      fc.property(PATHS, (paths) => {
        const set = newFieldSet(paths);
        const json: unknown = JSON.parse(JSON.stringify(sortFields(set)));
        expect(pathsOf(readFieldsV1(json))).toEqual(pathsOf(set));
      }),
    );
  });
});

describe('FieldsV1', () => {
  it('is read with its keys in canonical form', () => {
    const fields = { 'f:l': { 'k:{"b":1, "a":"<"}': {}, 'v: "x"': {}, 'i:01': {} } };
    expect(readFieldsV1(fields)).toEqual({
      'f:l': { 'k:{"a":"\\u003c","b":1}': {}, 'v:"x"': {}, 'i:1': {} },
    });
  });

  it('loses elements of kinds that are not known', () => {
    expect(readFieldsV1({ 'f:a': { 'z:1': {} }, 'z:2': {} })).toEqual({ 'f:a': {} });
  });

  it.each([[{ f: {} }], [{ name: {} }], [{ 'k:x': {} }], [{ 'i:x': {} }], [{ 'f:a': 1 }], [[]]])(
    'is refused as %j',
    (fields) => {
      expect(() => readFieldsV1(fields)).toThrow();
    },
  );

  it('is written with self first, then fields, keys, values and indices in order', () => {
    const set = newFieldSet(
      ['i:10', 'i:9', 'v:"b"', 'v:10', 'v:9', 'k:{"name":"a-b"}', 'k:{"name":"a"}', 'f:b', 'f:a']
        .map((element) => ['f:x', element])
        .concat([['f:x']]),
    );
    expect(Object.keys(sortFields(set)['f:x']!)).toEqual([
      '.',
      'f:a',
      'f:b',
      'k:{"name":"a"}',
      'k:{"name":"a-b"}',
      'v:9',
      'v:10',
      'v:"b"',
      'i:9',
      'i:10',
    ]);
  });
});

describe('path elements', () => {
  it('have one order', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ELEMENTS), fc.constantFrom(...ELEMENTS), (a, b) => {
        expect(Math.sign(compareElements(a, b))).toBe(-Math.sign(compareElements(b, a)) + 0);
      }),
    );
  });

  it('are shown as people write them', () => {
    const path = ['f:spec', 'k:{"containerPort":80,"protocol":"TCP"}', 'v:"a"', 'i:3'];
    expect(formatPath(path)).toBe('.spec[containerPort=80,protocol="TCP"][="a"][3]');
  });

  it('are read whatever their fields are called', () => {
    expect(readElement('f:__proto__')).toBe('f:__proto__');
    expect(readElement('f:')).toBe('f:');
  });
});
