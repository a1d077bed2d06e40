import { describe, expect, it } from 'vitest';
import { created, errorsOf, updated, withValue } from '../../../../test/strategy-harness.ts';

describe('a limit range', () => {
  const range = (limit: object) => created('limitranges', { spec: { limits: [limit] } });
  const errors = (limit: object): string[] => errorsOf('limitranges', range(limit));

  it('limits containers to the most that they may have', () => {
    const limit = { type: 'Container', max: { cpu: '2' }, min: { cpu: '1', memory: '1Gi' } };
    expect(range(limit).spec).toEqual({
      limits: [{ ...limit, default: { cpu: '2' }, defaultRequest: { cpu: '2', memory: '1Gi' } }],
    });
    expect(errors(limit)).toEqual([]);
  });

  it.each<[limit: object, ...errors: string[]]>([
    [
      { type: 'Node' },
      'spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified',
    ],
    [
      { type: 'Pod', default: { cpu: '1' } },
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      { type: 'PersistentVolumeClaim' },
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
    [
      { type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } },
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    ],
    [
      { type: 'Container', min: { cpu: '2' }, defaultRequest: { cpu: '1' } },
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
    ],
    [
      { type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } },
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
    ],
    [
      {
        type: 'Container',
        default: { 'example.com/gpu': '2' },
        defaultRequest: { 'example.com/gpu': '1' },
      },
      'spec.limits[0].defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/gpu',
    ],
    [
      { type: 'Pod', maxLimitRequestRatio: { cpu: '500m' } },
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
    ],
  ])('%j is refused', (limit, ...want) => {
    expect(errors(limit)).toEqual(want);
  });
});

describe('a quota', () => {
  const QUOTA = { spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } };
  const errors = (path: string, value: unknown): string[] =>
    errorsOf('resourcequotas', created('resourcequotas', withValue(QUOTA, path, value)));

  it('counts pods and whatever else there is', () => {
    const spec = { hard: { 'count/jobs.batch': '2', 'requests.nvidia.com/gpu': '1' } };
    expect(errors('spec', spec)).toEqual([]);
    expect(errors('spec.hard.pods', '2')).toEqual([]);
  });

  it.each<[path: string, value: unknown, ...errors: string[]]>([
    ['spec.hard.pods', '500m', 'spec.hard[pods]: Invalid value: "500m": must be an integer'],
    [
      'spec.hard.cpu',
      '1',
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ],
    [
      'spec.scopes',
      ['BestEffort', 'NotBestEffort'],
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ],
    ['spec.scopes', ['Slow'], 'spec.scopes: Invalid value: ["Slow"]: unsupported scope'],
    [
      'spec.scopeSelector',
      { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] },
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
  ])('%s %j is refused', (path, value, ...want) => {
    expect(errors(path, value)).toEqual(want);
  });

  it('keeps its scopes', () => {
    const old = created('resourcequotas', QUOTA);
    const draft = updated('resourcequotas', withValue(old, 'spec.scopes', []), old);
    expect(errorsOf('resourcequotas', draft, old)).toEqual([
      'spec.scopes: Invalid value: []: field is immutable',
    ]);
  });
});
