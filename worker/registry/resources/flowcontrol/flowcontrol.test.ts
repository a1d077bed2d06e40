import { describe, expect, it } from 'vitest';
import { created, errorsOf, withValue } from '../../../../test/strategy-harness.ts';

const SCHEMAS = 'flowschemas.flowcontrol.apiserver.k8s.io';
const LEVELS = 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io';

const rule = {
  subjects: [
    { kind: 'User', user: { name: 'jane' } },
    { kind: 'Group', group: { name: 'devs' } },
    { kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: 'default' } },
  ],
  resourceRules: [
    { verbs: ['get', 'list'], apiGroups: ['*'], resources: ['pods'], namespaces: ['default'] },
  ],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/healthz', '/api/*'] }],
};
const schema = {
  metadata: { name: 'mine' },
  spec: {
    priorityLevelConfiguration: { name: 'workload-low' },
    distinguisherMethod: { type: 'ByUser' },
    rules: [rule],
  },
};
const R = 'spec.rules[0]';

describe('flow schemas', () => {
  it('get the precedence of upstream', () => {
    const object = created(SCHEMAS, schema);
    expect(object.spec).toMatchObject({ matchingPrecedence: 1000 });
    expect(errorsOf(SCHEMAS, object)).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    [
      'matchingPrecedence',
      1,
      [
        "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      ],
    ],
    [
      'matchingPrecedence',
      10_001,
      ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
    ],
    [
      'matchingPrecedence',
      -1,
      ['spec.matchingPrecedence: Invalid value: -1: must be a positive value'],
    ],
    [
      'distinguisherMethod.type',
      'X',
      [
        'spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"',
      ],
    ],
    [
      'priorityLevelConfiguration.name',
      '',
      ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level'],
    ],
    [
      'rules.0',
      { subjects: null },
      [
        `${R}.subjects: Required value: subjects must contain at least one value`,
        `${R}: Required value: at least one of resourceRules and nonResourceRules has to be non-empty`,
      ],
    ],
    [
      'rules.0.subjects.0',
      { kind: 'Robot' },
      [
        `${R}.subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"`,
      ],
    ],
    [
      'rules.0.subjects.0',
      { kind: 'User', group: { name: 'a' } },
      [
        `${R}.subjects[0].user: Required value: user is required when subject kind is 'User'`,
        `${R}.subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'`,
      ],
    ],
    [
      'rules.0.subjects.2.serviceAccount',
      { name: 'A', namespace: '' },
      [
        expect.stringContaining(
          `${R}.subjects[2].serviceAccount.name: Invalid value: "A"`,
        ) as string,
        `${R}.subjects[2].serviceAccount.namespace: Required value: must specify namespace for service account`,
      ],
    ],
    [
      'rules.0.resourceRules.0',
      { verbs: ['get', '*'] },
      [
        `${R}.resourceRules[0].verbs: Invalid value: ["get","*"]: if '*' is present, must not specify other verbs`,
        `${R}.resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group`,
        `${R}.resourceRules[0].resources: Required value: resource rules must supply at least one resource`,
        `${R}.resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
      ],
    ],
    [
      'rules.0.resourceRules.0.verbs',
      ['post'],
      [
        `${R}.resourceRules[0].verbs: Unsupported value: ["post"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"`,
      ],
    ],
    [
      'rules.0.resourceRules.0.namespaces',
      ['A'],
      [
        expect.stringContaining(
          `${R}.resourceRules[0].namespaces[0]: Invalid value: "A": each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 label`,
        ) as string,
      ],
    ],
    [
      'rules.0.nonResourceRules.0.nonResourceURLs',
      ['', 'a', '/a b', '/a//b', '/*/a', '/'],
      [
        `${R}.nonResourceRules[0].nonResourceURLs[0]: Invalid value: "": must not be empty`,
        `${R}.nonResourceRules[0].nonResourceURLs[1]: Invalid value: "a": must start with slash`,
        `${R}.nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a b": must not contain white-space`,
        `${R}.nonResourceRules[0].nonResourceURLs[3]: Invalid value: "/a//b": must not contain double slash`,
        `${R}.nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/*/a": wildcard can only do suffix matching`,
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    const object = created(SCHEMAS, withValue(schema, `spec.${path}`, value));
    expect(errorsOf(SCHEMAS, object)).toEqual(want);
  });

  it('have two that must be as they are', () => {
    const everything = {
      resourceRules: [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
      ],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    };
    const exempt = {
      metadata: { name: 'exempt' },
      spec: {
        priorityLevelConfiguration: { name: 'exempt' },
        matchingPrecedence: 1,
        rules: [
          { subjects: [{ kind: 'Group', group: { name: 'system:masters' } }], ...everything },
        ],
      },
    };
    expect(errorsOf(SCHEMAS, created(SCHEMAS, exempt))).toEqual([]);
    const other = created(SCHEMAS, withValue(exempt, 'spec.matchingPrecedence', 2));
    expect(errorsOf(SCHEMAS, other)).toEqual([
      `spec: Invalid value: ${JSON.stringify(other.spec)}: spec of 'exempt' must equal the fixed value`,
    ]);
  });

  it('need types of their conditions', () => {
    const old = created(SCHEMAS, schema);
    const status = { conditions: [{ type: '' }, { type: 'Dangling' }, { type: 'Dangling' }] };
    expect(errorsOf(SCHEMAS, { ...old, status }, old, 'status')).toEqual([
      'status.conditions[0].type: Required value: must not be empty',
      'status.conditions[2].type: Duplicate value: "Dangling"',
    ]);
  });
});

const level = {
  metadata: { name: 'mine' },
  spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } },
};

describe('priority levels', () => {
  it('get the defaults of upstream', () => {
    const object = created(LEVELS, level);
    expect(object.spec).toEqual({
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: {
          type: 'Queue',
          queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 },
        },
      },
    });
    expect(errorsOf(LEVELS, object)).toEqual([]);
  });

  const Q = 'spec.limited.limitResponse.queuing';
  it.each<[string, unknown, string[]]>([
    [
      'type',
      'Exempt',
      [
        "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
        'spec.limited: Forbidden: must be nil if the type is not Limited',
      ],
    ],
    ['type', '', ['spec.type: Unsupported value: "": supported values: "Exempt", "Limited"']],
    [
      'limited',
      undefined,
      ['spec.limited: Required value: must not be empty when type is Limited'],
    ],
    ['exempt', {}, ['spec.exempt: Forbidden: must be nil if the type is Limited']],
    [
      'limited.nominalConcurrencyShares',
      -1,
      ['spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer'],
    ],
    [
      'limited.borrowingLimitPercent',
      -1,
      [
        'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
      ],
    ],
    [
      'limited.lendablePercent',
      101,
      ['spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive'],
    ],
    [
      'limited.limitResponse.type',
      'Reject',
      [`${Q}: Forbidden: must be nil if limited.limitResponse.type is not Limited`],
    ],
    [
      'limited.limitResponse.queuing',
      undefined,
      [`${Q}: Required value: must not be empty if limited.limitResponse.type is Limited`],
    ],
    [
      'limited.limitResponse.type',
      'X',
      [
        'spec.limited.limitResponse.type: Unsupported value: "X": supported values: "Queue", "Reject"',
      ],
    ],
    [
      'limited.limitResponse.queuing',
      { queues: -1, handSize: -1, queueLengthLimit: -1 },
      [
        `${Q}.queueLengthLimit: Invalid value: -1: must be positive`,
        `${Q}.queues: Invalid value: -1: must be positive`,
        `${Q}.handSize: Invalid value: -1: must be positive`,
      ],
    ],
    [
      'limited.limitResponse.queuing',
      { queues: 4, handSize: 5 },
      [`${Q}.handSize: Invalid value: 5: should not be greater than queues (4)`],
    ],
    [
      'limited.limitResponse.queuing',
      { queues: 10_000_001, handSize: 1 },
      [`${Q}.queues: Invalid value: 10000001: must not be greater than 10000000`],
    ],
    [
      'limited.limitResponse.queuing',
      { queues: 512, handSize: 8 },
      [
        `${Q}.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60`,
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    const object = created(LEVELS, withValue(level, `spec.${path}`, value));
    expect(errorsOf(LEVELS, object)).toEqual(want);
  });

  it('have one of which only what it lends may change', () => {
    const exempt = {
      metadata: { name: 'exempt' },
      spec: { type: 'Exempt', exempt: { lendablePercent: 5 } },
    };
    expect(errorsOf(LEVELS, created(LEVELS, exempt))).toEqual([]);
    const other = created(LEVELS, { ...level, metadata: { name: 'catch-all' } });
    expect(errorsOf(LEVELS, other)).toEqual([
      `spec: Invalid value: ${JSON.stringify(other.spec)}: spec of 'catch-all' must equal the fixed value`,
    ]);
  });
});
