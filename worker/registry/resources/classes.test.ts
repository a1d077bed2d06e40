import { describe, expect, it } from 'vitest';
import { created, errorsOf, strategyOf, updated } from '../../../test/strategy-harness.ts';

const PRIORITIES = 'priorityclasses.scheduling.k8s.io';
const RUNTIMES = 'runtimeclasses.node.k8s.io';
const LEASES = 'leases.coordination.k8s.io';

describe('priority classes', () => {
  it.each<[string, object, string[]]>([
    ['high', { value: 1_000_000_000, preemptionPolicy: 'Never', globalDefault: true }, []],
    [
      'high',
      { value: 1_000_000_001 },
      ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    ],
    [
      'high',
      { preemptionPolicy: 'Always' },
      [
        'preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"',
      ],
    ],
    ['system-node-critical', { value: 2_000_001_000 }, []],
    [
      'system-node-critical',
      { value: 1 },
      [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000",
      ],
    ],
    [
      'system-mine',
      { value: 1 },
      [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
      ],
    ],
  ])('%s may be %j', (name, fields, want) => {
    const object = created(PRIORITIES, { metadata: { name }, ...fields });
    expect(errorsOf(PRIORITIES, object)).toEqual(want);
  });

  it('keep their value', () => {
    const old = created(PRIORITIES, { value: 1 });
    expect(old).toMatchObject({ preemptionPolicy: 'PreemptLowerPriority' });
    expect(errorsOf(PRIORITIES, { ...old, value: 2, preemptionPolicy: 'Never' }, old)).toEqual([
      'value: Forbidden: may not be changed in an update.',
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]);
    expect(errorsOf(PRIORITIES, { ...old, description: 'x', globalDefault: true }, old)).toEqual(
      [],
    );
  });
});

describe('runtime classes', () => {
  const full = {
    handler: 'gvisor',
    overhead: { podFixed: { cpu: '100m', memory: '10Mi' } },
    scheduling: { nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }] },
  };

  it('may use everything', () => {
    expect(errorsOf(RUNTIMES, created(RUNTIMES, full))).toEqual([]);
  });

  it.each<[object, string[]]>([
    [
      { handler: '' },
      [expect.stringContaining('handler: Invalid value: "": a lowercase') as string],
    ],
    [
      { overhead: { podFixed: { cpu: '-1' } } },
      ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      { scheduling: { tolerations: [{}] } },
      [
        'scheduling.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
  ])('may not be %j', (fields, want) => {
    expect(errorsOf(RUNTIMES, created(RUNTIMES, { ...full, ...fields }))).toEqual(want);
  });

  it('keep their handler', () => {
    const old = created(RUNTIMES, full);
    expect(errorsOf(RUNTIMES, { ...old, handler: 'kata' }, old)).toEqual([
      'handler: Invalid value: "kata": field is immutable',
    ]);
    const selector = { scheduling: { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } };
    expect(strategyOf(RUNTIMES).warnings?.({ ...old, ...selector }, null)).toEqual([
      'scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
  });
});

describe('leases', () => {
  it('do not begin a coordinated election, and go on with one', () => {
    const election = { strategy: 'OldestEmulationVersion', preferredHolder: 'b' };
    const object = created(LEASES, { spec: { holderIdentity: 'a', ...election } });
    expect(object.spec).toEqual({ holderIdentity: 'a' });
    const old = { ...object, spec: { ...election } };
    expect(updated(LEASES, { spec: { ...election } }, old).spec).toEqual(election);
    expect(errorsOf(LEASES, { ...old, spec: { preferredHolder: 'b', strategy: '' } })).toEqual([
      'spec.strategy.strategy: Unsupported value: "": supported values: "OldestEmulationVersion"',
      'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
    ]);
  });
});
