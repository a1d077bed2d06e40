import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { newEnvironment } from './environment.ts';
import { PER_CALL_COST_LIMIT } from './plan/frame.ts';
import { CompileError } from './syntax/source.ts';
import {
  DYN,
  INT,
  listOf,
  mapOf,
  optionalOf,
  STRING,
  structType,
  typeName,
  withMaxSize,
  type CelType,
} from './types/cel-type.ts';
import { objectTypeMismatches } from './values/struct-literal.ts';
import { toJSON } from './values/to-json.ts';

const fieldsOf = (types: Readonly<Record<string, CelType>>) =>
  new Map(
    Object.entries(types).map(([name, type]) => [
      name.replace('-', '__dash__'),
      { type, jsonName: name },
    ]),
  );

const PORT = structType('port', fieldsOf({ name: STRING, number: INT }));
const SELF = structType(
  'self',
  fieldsOf({
    replicas: INT,
    'max-replicas': INT,
    name: withMaxSize(STRING, 63n),
    note: { ...STRING, nullable: true },
    labels: mapOf(STRING, STRING, { maxSize: 10n }),
    ports: listOf(PORT, { maxSize: 5n, listSemantics: { kind: 'map', keys: ['name'] } }),
    tags: listOf(withMaxSize(STRING, 10n), { maxSize: 5n, listSemantics: { kind: 'set' } }),
    value: DYN,
  }),
);

const environment = newEnvironment({ variables: { self: SELF, oldSelf: SELF } });

const evaluate = (expression: string, self: unknown, oldSelf: unknown = self) =>
  compile(expression, environment).evaluate({ self, oldSelf });

describe('expressions over declared objects', () => {
  const self = {
    replicas: 3,
    'max-replicas': 5,
    name: 'web',
    note: null,
    labels: { app: 'web', tier: 'front' },
    ports: [
      { name: 'http', number: 80 },
      { name: 'https', number: 443 },
    ],
    tags: ['a', 'b'],
    value: { deep: [1, 2.5, 'x'] },
    undeclared: true,
  };

  it.each([
    { expression: 'self.replicas <= self.max__dash__replicas', want: true },
    { expression: 'has(self.note)', want: false },
    { expression: 'self.labels.all(k, self.labels[k] != "")', want: true },
    { expression: 'self.ports.exists(p, p.number == 443 && p.name == "https")', want: true },
    { expression: 'self.value.deep[0] + 1 == 2 && self.value.deep[1] == 2.5', want: true },
    { expression: 'self.?ports[0].?name.orValue("none")', want: 'http' },
    { expression: 'self.tags + ["b", "c"]', want: ['a', 'b', 'c'] },
    { expression: 'type(self.replicas) == int && type(self) == map', want: true },
    { expression: 'self == oldSelf', want: true },
    { expression: '"replicas" in self.value', want: false },
  ])('evaluates $expression', ({ expression, want }) => {
    const { value, error } = evaluate(expression, self);
    expect(error).toBeUndefined();
    expect(toJSON(value ?? null)).toEqual(want);
  });

  it('compares sets and lists by keys in any order', () => {
    const reordered = { ...self, ports: self.ports.toReversed(), tags: ['b', 'a'] };
    const same = 'self.ports == oldSelf.ports && self.tags == oldSelf.tags';
    expect(evaluate(same, self, reordered).value).toBe(true);
    const other = { ...self, ports: [{ name: 'http', number: 81 }, self.ports[1]] };
    expect(evaluate('self.ports == oldSelf.ports', self, other).value).toBe(false);
  });

  it('merges lists by keys, the later entry winning in the place of the earlier', () => {
    const added = { ...self, ports: [{ name: 'http', number: 8080 }] };
    const { value } = evaluate('(self.ports + oldSelf.ports).map(p, p.number)', self, added);
    expect(toJSON(value ?? null)).toEqual([8080, 443]);
  });

  it('reads values only when they are needed, and tells what does not fit the type', () => {
    const broken = { replicas: 'three', name: 'web' };
    expect(evaluate('self.name == "web"', broken).value).toBe(true);
    expect(evaluate('self.replicas > 1', broken).error).toBe(
      'invalid data, expected int, got string',
    );
  });

  it('knows which variables it refers to', () => {
    const rule = compile('self.tags.all(oldSelf, oldSelf != self.name)', environment);
    expect(rule.uses('self')).toBe(true);
    expect(rule.uses('oldSelf')).toBe(false);
    expect(compile('self.replicas >= oldSelf.replicas', environment).uses('oldSelf')).toBe(true);
  });

  it('estimates from the sizes that the types declare', () => {
    const cost = (expression: string) => compile(expression, environment).estimateCost();
    expect(cost('self.tags.all(t, t == "x")')).toEqual({ min: 3n, max: 28n });
    expect(cost('self.name.startsWith("x")').max).toBe(3n);
  });

  it.each([
    {
      expression: 'self.tags.all(x, x, true)',
      want: 'ERROR: <input>:1:18: duplicate variable name: x',
    },
    {
      expression: 'self.tags.map(__result__, 1)',
      want: 'ERROR: <input>:1:15: iteration variable overwrites accumulator variable',
    },
    {
      expression: `${'('.repeat(300)}1${')'.repeat(300)}`,
      want: 'expression recursion limit exceeded: 250',
    },
    {
      expression: Array.from({ length: 300 }, () => '1').join(' + '),
      want: 'expression recursion limit exceeded: 250',
    },
  ])('refuses $expression', ({ expression, want }) => {
    expect(() => compile(expression, environment)).toThrow(want);
  });

  it('takes a chain of 2,000 &&', () => {
    const chain = Array.from({ length: 2000 }, () => 'self.replicas > 1').join(' && ');
    expect(evaluate(chain, { replicas: 2 }).value).toBe(true);
  });

  it('refuses fields that are not declared, with the line and a caret', () => {
    expect(() => compile('self.name == "a" &&\n self.undeclared', environment)).toThrow(
      "ERROR: <input>:2:6: undefined field 'undeclared'\n |  self.undeclared\n | .....^",
    );
  });
});

describe('evaluations', () => {
  const scalars = newEnvironment({ variables: { x: INT, xs: listOf(INT), s: STRING, d: DYN } });

  it('does not change a list that a macro made by adding to it', () => {
    const twice = 'optional.of(xs.map(x, x)).optMap(a, (a + [9]).size() * 10 + a.size())';
    expect(compile(twice, scalars).evaluate({ xs: [1, 2] }).value).toMatchObject({ value: 32n });
  });

  it('takes null for the missing value of an optional', () => {
    const optional = newEnvironment({ variables: { old: optionalOf(INT) } });
    const rule = compile('old.orValue(7) + 1', optional);
    expect(rule.evaluate({ old: null }).value).toBe(8n);
    expect(rule.evaluate({ old: 1 }).value).toBe(2n);
  });

  it('ends at the cost limit that the caller gives', () => {
    const compiled = compile('xs.all(x, x >= 0)', scalars);
    const xs = Array.from({ length: 1000 }, (_, i) => i);
    expect(compiled.evaluate({ xs })).toEqual({ value: true, cost: 5002 });
    const cancelled = compiled.evaluate({ xs }, { costLimit: 100 });
    expect(cancelled.error).toBe('operation cancelled: actual cost limit exceeded');
    expect(cancelled.cost).toBe(101);
  });

  it('does not let || hide that it costs too much', () => {
    const compiled = compile('xs.map(x, x + 1).size() > 0 || true', scalars);
    const xs = Array.from({ length: 100 }, (_, i) => i);
    expect(compiled.evaluate({ xs }, { costLimit: 50 })).toMatchObject({ exceeded: true });
  });

  it('gives the same answer whenever it is asked', () => {
    const compiled = compile('xs.map(x, x * 2) + [1]', scalars);
    const first = compiled.evaluate({ xs: [1, 2] });
    expect(compiled.evaluate({ xs: [1, 2] })).toEqual(first);
    const folded = compile('[1, 2].transformMap(i, v, v)', scalars);
    expect(folded.evaluate({}).error).toBeUndefined();
    expect(folded.evaluate({}).error).toBeUndefined();
  });

  it.each([
    { pattern: '(a+)+$', text: `${'a'.repeat(50_000)}!` },
    { pattern: '(a|aa)*b', text: 'a'.repeat(50_000) },
    { pattern: '(.*)*(.*)*x', text: 'y'.repeat(20_000) },
  ])('matches $pattern in time linear in the text', ({ pattern, text }) => {
    const compiled = compile(`s.matches(${JSON.stringify(pattern)})`, scalars);
    expect(compiled.evaluate({ s: text }).value).toBe(false);
  });

  it('reports data that nests deeper than the stack as an error', () => {
    let deep: unknown = 1;
    let twin: unknown = 1;
    for (let i = 0; i < 100_000; i++) {
      deep = [deep];
      twin = [twin];
    }
    const equal = compile('d == x', newEnvironment({ variables: { d: DYN, x: DYN } }));
    expect(equal.evaluate({ d: deep, x: twin }).error).toMatch(/^internal error: /);
  });

  it('refuses to build texts that no memory holds', () => {
    const s = 'a'.repeat(100_000);
    expect(compile('s.replace("a", s)', scalars).evaluate({ s }).error).toMatch(
      /^string is longer/,
    );
  });

  it('takes what no program can be made of, and says why', () => {
    const compiled = compile('int("yes") == 1', scalars);
    expect(typeName(compiled.outputType)).toBe('bool');
    expect(compiled.programError).toBe("type conversion error from 'string' to 'int'");
    expect(compiled.evaluate({}).error).toBe(compiled.programError);
  });

  it('builds objects and patches for mutations', () => {
    const mutation = newEnvironment({ variables: { object: DYN }, libraries: 'mutation' });
    const patches = compile(
      '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: {"x": 1}}]',
      mutation,
    ).evaluate({ object: {} });
    expect(toJSON(patches.value ?? null)).toEqual([
      { op: 'add', path: '/metadata/labels/a~1b', value: { x: 1 } },
    ]);
    const object = compile(
      'Object{spec: Object.spec{replicas: object.spec.replicas + 1, ?x__dash__y: optional.none()}}',
      mutation,
    );
    expect(typeName(object.outputType)).toBe('Object');
    const { value } = object.evaluate({ object: { spec: { replicas: 1 } } });
    expect(toJSON(value ?? null)).toEqual({ spec: { replicas: 2 } });
    expect(objectTypeMismatches(value ?? null)).toEqual([]);
    const wrong = compile('Object{spec: Object.wrong{l: [Object.spec.l{}]}}', mutation).evaluate(
      {},
    );
    expect(objectTypeMismatches(wrong.value ?? null)).toEqual([
      'unexpected type name "Object.wrong", expected "Object.spec", which matches field name path from root Object type',
    ]);
  });
});

/** Texts of expressions of a type, over x, xs, s and d. */
const { int } = fc.letrec<{ int: string; bool: string; list: string; text: string }>((tie) => ({
  int: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('x', '0', '1', '-1', '9223372036854775807', 'int(d)', 'xs[0]', 'd.a'),
    fc
      .tuple(tie('int'), fc.constantFrom('+', '-', '*', '/', '%'), tie('int'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('bool'), tie('int'), tie('int')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    tie('list').map((list) => `${list}.size()`),
    tie('text').map((text) => `size(${text})`),
    fc.tuple(tie('list'), tie('int')).map(([list, i]) => `${list}[?${i}].orValue(x)`),
  ),
  bool: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('true', 'x > 0', 'has(d.a)', 'd == 1', 's.matches("^a*$")'),
    fc
      .tuple(tie('int'), fc.constantFrom('<', '==', '>='), tie('int'))
      .map((p) => `(${p.join(' ')})`),
    fc.tuple(tie('bool'), fc.constantFrom('&&', '||'), tie('bool')).map((p) => `(${p.join(' ')})`),
    fc.tuple(tie('list'), tie('bool')).map(([list, b]) => `${list}.all(y, ${b} || y > x)`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `${a}.contains(${b})`),
  ),
  list: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('xs', '[]', '[1, 2]', 'lists.range(3)', 'dyn(d)'),
    tie('int').map((element) => `[${element}]`),
    fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} + ${b})`),
    fc.tuple(tie('list'), tie('int')).map(([list, f]) => `${list}.map(y, ${f})`),
    fc.tuple(tie('list'), tie('bool')).map(([list, p]) => `${list}.filter(y, ${p})`),
  ),
  text: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('s', '"a"', '"é😀"', 'string(x)'),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
    fc.tuple(tie('text'), tie('int')).map(([text, i]) => `${text}.substring(${i})`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `${a}.replace(${b}, ${a})`),
  ),
}));

describe('any expression', () => {
  const scalars = newEnvironment({ variables: { x: INT, xs: listOf(INT), s: STRING, d: DYN } });
  const inputs = fc.record({
    x: fc.integer({ min: -3, max: 3 }),
    xs: fc.array(fc.integer(), { maxLength: 5 }),
    s: fc.string({ unit: 'grapheme', maxLength: 8 }),
    d: fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record({ a: fc.integer() }),
    ) as fc.Arbitrary<unknown>,
  });

  it('gives a value or an error, never throws, and stops at its cost limit', () => {
    const limits = fc.constantFrom(20, 200, PER_CALL_COST_LIMIT);
    fc.assert(
      fc.property(int, inputs, limits, (expression, variables, costLimit) => {
        const compiled = compile(expression, scalars);
        const evaluation = compiled.evaluate(variables, { costLimit });
        const isExceeded = evaluation.error !== undefined && evaluation.exceeded;
        expect(evaluation.cost > costLimit).toBe(isExceeded);
        // A list, the dearest step here, costs ten; a call on short data little more.
        if (isExceeded) expect(evaluation.cost - costLimit).toBeLessThan(100);
        if (evaluation.error === undefined)
          expect(['bigint', 'object', 'number', 'string', 'boolean']).toContain(
            typeof evaluation.value,
          );
      }),
      { numRuns: 500 },
    );
  });

  it('costs no more than was estimated from the sizes of what it was given', () => {
    fc.assert(
      fc.property(int, inputs, (expression, variables) => {
        const compiled = compile(expression, scalars);
        const { max } = compiled.estimateCost((path) => {
          if (path?.length !== 1) return undefined;
          if (path[0] === 'xs') return { min: 0n, max: BigInt(variables.xs.length) };
          return path[0] === 's' ? { min: 0n, max: BigInt(variables.s.length) } : undefined;
        });
        fc.pre(!expression.includes('d'));
        expect(compiled.evaluate(variables).cost).toBeLessThanOrEqual(Number(max));
      }),
      { numRuns: 300 },
    );
  });

  it('is refused with a CompileError when it is no expression', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        try {
          compile(text, scalars);
        } catch (error) {
          expect(error).toBeInstanceOf(CompileError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a variable whose name has dots', () => {
  it('goes before the fields of another', () => {
    const environment = newEnvironment({ variables: { a: DYN, 'a.b': INT } });
    const compiled = compile('a.b + 1 == a.c', environment);
    expect(compiled.uses('a.b')).toBe(true);
    expect(compiled.evaluate({ a: { b: 5, c: 2 }, 'a.b': 1 })).toMatchObject({ value: true });
  });
});
