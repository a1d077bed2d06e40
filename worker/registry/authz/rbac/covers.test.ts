import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRule, compactRules } from './compact-rules.ts';
import { breakDown, uncoveredRules } from './covers.ts';
import type { PolicyRule } from './policy-rule.ts';

const rule = (verbs: string, groups: string, resources: string, names = ''): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: groups.split(','),
  resources: resources.split(' '),
  ...(names === '' ? {} : { resourceNames: names.split(' ') }),
});
const urls = (verbs: string, paths: string): PolicyRule => ({
  verbs: verbs.split(' '),
  nonResourceURLs: paths.split(' '),
});
const texts = (rules: readonly PolicyRule[]): string[] => rules.map(describeRule);

describe('what is covered', () => {
  it.each<[string, PolicyRule[], PolicyRule[], string[]]>([
    ['nothing by nothing', [], [], []],
    [
      'a rule by several together',
      [rule('get', '', 'pods'), rule('list', ',apps', 'pods deployments')],
      [rule('get list', '', 'pods')],
      [],
    ],
    [
      'each verb, group and resource for itself',
      [rule('get', '', 'pods')],
      [rule('get list', ',apps', 'pods')],
      [
        '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}',
        '{APIGroups:["apps"], Resources:["pods"], Verbs:["get"]}',
        '{APIGroups:["apps"], Resources:["pods"], Verbs:["list"]}',
      ],
    ],
    ['all by stars', [rule('*', '*', '*')], [rule('get', 'x', 'y/z', 'n')], []],
    [
      'a star only by a star',
      [rule('get', '', 'pods')],
      [rule('*', '', 'pods'), rule('get', '*', 'pods'), rule('get', '', '*')],
      [
        '{APIGroups:[""], Resources:["pods"], Verbs:["*"]}',
        '{APIGroups:["*"], Resources:["pods"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["*"], Verbs:["get"]}',
      ],
    ],
    [
      'a subresource by its own star',
      [rule('get', '', '*/scale pods')],
      [rule('get', '', 'x/scale */scale pods/log')],
      ['{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}'],
    ],
    [
      'names by no names, and by those names',
      [rule('get', '', 'pods'), rule('get', '', 'secrets', 'a b')],
      [rule('get', '', 'pods', 'x'), rule('get', '', 'secrets', 'a c'), rule('get', '', 'secrets')],
      [
        '{APIGroups:[""], Resources:["secrets"], ResourceNames:["c"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
      ],
    ],
    [
      'paths by paths only',
      [urls('get', '/api/* /x'), rule('*', '*', '*')],
      [urls('get', '/api/v1 /api/* /api /x /y')],
      ['{NonResourceURLs:["/api"], Verbs:["get"]}', '{NonResourceURLs:["/y"], Verbs:["get"]}'],
    ],
    [
      'resources not by paths',
      [urls('*', '*')],
      [rule('get', '', 'pods')],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
    ],
  ])('%s', (_what, held, wanted, want) => {
    expect(texts(uncoveredRules(held, wanted))).toEqual(want);
  });
});

const some = (...words: string[]): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 3 });

const anyRule: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({
    verbs: some('get', 'list', '*'),
    apiGroups: some('', 'apps', '*'),
    resources: some('pods', 'pods/log', '*/log', 'jobs', '*'),
    resourceNames: fc.oneof(fc.constant([]), some('a', 'b')),
  }),
  fc.record({
    verbs: some('get', 'post', '*'),
    nonResourceURLs: some('/a', '/a/b', '/a/*', '/a*', '*'),
  }),
);
const anyRules = fc.array(anyRule, { maxLength: 4 });

const isCovered = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): boolean =>
  uncoveredRules(held, wanted).length === 0;

describe('covering', () => {
  it('is reflexive, also over what rules are broken down to', () => {
    fc.assert(
      fc.property(anyRules, (rules) => {
        const parts = rules.flatMap(breakDown);
        return isCovered(rules, rules) && isCovered(rules, parts) && isCovered(parts, rules);
      }),
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(anyRules, anyRules, anyRules, (a, b, c) => {
        fc.pre(isCovered(a, b) && isCovered(b, c));
        return isCovered(a, c);
      }),
      { numRuns: 500, maxSkipsPerRun: 1000 },
    );
  });

  it('is complete with what was missing', () => {
    fc.assert(
      fc.property(anyRules, anyRules, (held, wanted) =>
        isCovered([...held, ...uncoveredRules(held, wanted)], wanted),
      ),
    );
  });

  it('is not changed by bringing rules together', () => {
    fc.assert(
      fc.property(anyRules, (rules) => {
        const compact = compactRules(rules.flatMap(breakDown));
        return isCovered(compact, rules) && isCovered(rules, compact);
      }),
    );
  });
});
