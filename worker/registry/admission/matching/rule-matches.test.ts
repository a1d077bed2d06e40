import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../resources/admission/rules.ts';
import { ruleMatches, type RuleSubject } from './rule-matches.ts';

/** Every place of a rule spelled out: what it names against what is asked, all combinations. */
function naive(rule: Rule, subject: RuleSubject): boolean {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope = '*' } = rule;
  const full =
    subject.subresource === '' ? subject.resource : `${subject.resource}/${subject.subresource}`;
  return operations.some((operation) =>
    apiGroups.some((group) =>
      apiVersions.some((version) =>
        resources.some((pattern) => {
          const expanded = expand(pattern, subject);
          return (
            ['*', subject.operation].includes(operation) &&
            ['*', subject.group].includes(group) &&
            ['*', subject.version].includes(version) &&
            ['*', subject.namespaced ? 'Namespaced' : 'Cluster'].includes(scope) &&
            expanded === full
          );
        }),
      ),
    ),
  );
}

/** A pattern with its wildcards replaced by what is asked, where there is a place for it. */
function expand(pattern: string, { resource, subresource }: RuleSubject): string {
  const [name = '', ...rest] = pattern.split('/');
  const shown = name === '*' ? resource : name;
  if (rest.length === 0) return shown;
  const sub = rest.join('/');
  if (sub !== '*') return `${shown}/${sub}`;
  return subresource === '' ? shown : `${shown}/${subresource}`;
}

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);
const some = (...texts: string[]) => fc.array(oneOf(...texts), { maxLength: 3 });

describe('ruleMatches', () => {
  it('agrees with a reference that spells everything out', () => {
    const rule = fc.record({
      operations: some('*', 'CREATE', 'UPDATE'),
      apiGroups: some('*', '', 'apps'),
      apiVersions: some('*', 'v1', 'v2'),
      resources: some('*', '*/*', 'pods', 'pods/*', '*/scale', 'pods/status', 'deployments'),
      scope: oneOf('*', 'Cluster', 'Namespaced'),
    });
    const subject = fc.record({
      operation: oneOf('CREATE', 'UPDATE', 'DELETE'),
      group: oneOf('', 'apps'),
      version: oneOf('v1', 'v2'),
      resource: oneOf('pods', 'deployments'),
      subresource: oneOf('', 'status', 'scale'),
      namespaced: fc.boolean(),
    });
    fc.assert(
      fc.property(rule, subject, (r, s) => {
        expect(ruleMatches(r, s)).toBe(naive(r, s));
      }),
      { numRuns: 5000 },
    );
  });

  it('takes a wildcard for the object alone, unless it names subresources', () => {
    const subject = {
      operation: 'UPDATE',
      group: '',
      version: 'v1',
      resource: 'pods',
      subresource: 'status',
      namespaced: true,
    };
    const rule = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'] };
    expect(ruleMatches({ ...rule, resources: ['*'] }, subject)).toBe(false);
    expect(ruleMatches({ ...rule, resources: ['*/*'] }, subject)).toBe(true);
    expect(ruleMatches({ ...rule, resources: ['*/*'] }, { ...subject, subresource: '' })).toBe(
      true,
    );
  });
});
