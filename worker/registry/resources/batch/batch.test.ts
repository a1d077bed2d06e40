import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  created,
  errorsOf,
  strategyOf,
  updated,
  withValue,
} from '../../../../test/strategy-harness.ts';

const template = {
  spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1' }] },
};
const job = {
  metadata: { name: 'once' },
  spec: { completions: 4, parallelism: 2, completionMode: 'Indexed', backoffLimit: 3, template },
};
const cron = {
  metadata: { name: 'nightly' },
  spec: {
    schedule: '30 2 * * *',
    timeZone: 'Europe/Berlin',
    startingDeadlineSeconds: 60,
    jobTemplate: { spec: { template } },
  },
};
const JOBS = 'jobs.batch';
const CRON = 'cronjobs.batch';
const LABELS = {
  'batch.kubernetes.io/controller-uid': 'u-1',
  'batch.kubernetes.io/job-name': 'once',
  'controller-uid': 'u-1',
  'job-name': 'once',
};

describe('jobs', () => {
  it('get the defaults of upstream, and a selector of their own', () => {
    const object = created(JOBS, { metadata: { name: 'once' }, spec: { template } });
    expect(object.spec).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
      template: { metadata: { labels: LABELS } },
    });
    expect(object.metadata.labels).toEqual(LABELS);
    expect(errorsOf(JOBS, object)).toEqual([]);
  });

  it('keep labels of their own', () => {
    const labelled = withValue(job, 'metadata.labels', { mine: 'yes' });
    expect(created(JOBS, labelled).metadata.labels).toEqual({ mine: 'yes' });
  });

  it('are accepted with the policies that people set', () => {
    const object = created(JOBS, {
      metadata: { name: 'once' },
      spec: {
        ...job.spec,
        backoffLimitPerIndex: 1,
        maxFailedIndexes: 2,
        ttlSecondsAfterFinished: 100,
        activeDeadlineSeconds: 600,
        managedBy: 'example.com/queue',
        podFailurePolicy: {
          rules: [
            { action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 42] } },
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
          ],
        },
        successPolicy: { rules: [{ succeededIndexes: '0-1,3', succeededCount: 2 }] },
      },
    });
    expect(object.spec).toMatchObject({
      backoffLimit: 3,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: { rules: [{}, { onPodConditions: [{ status: 'True' }] }] },
    });
    expect(errorsOf(JOBS, object)).toEqual([]);
  });

  const policy = (rule: object) => ({ rules: [rule] });
  it.each<[string, unknown, string[]]>([
    [
      'parallelism',
      -1,
      ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'completionMode',
      'X',
      ['spec.completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"'],
    ],
    [
      'parallelism',
      100_001,
      [
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
      ],
    ],
    [
      'maxFailedIndexes',
      1,
      ['spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
    ],
    [
      'managedBy',
      'nobody',
      [
        'spec.managedBy: Invalid value: "nobody": must be a domain-prefixed path (such as "acme.io/foo")',
      ],
    ],
    [
      'podReplacementPolicy',
      'X',
      [
        'spec.podReplacementPolicy: Unsupported value: "X": supported values: "Failed", "TerminatingOrFailed"',
      ],
    ],
    [
      'template.spec.restartPolicy',
      undefined,
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'podFailurePolicy',
      policy({ action: 'FailIndex', onExitCodes: { operator: 'In', values: [2, 0, 2] } }),
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered',
      ],
    ],
    [
      'podFailurePolicy',
      policy({}),
      [
        'spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      ],
    ],
    [
      'successPolicy',
      policy({ succeededIndexes: '0,9', succeededCount: 5 }),
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,9": error parsing succeededIndexes: too large index: "9"',
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 5: must be less than or equal to 4 (the number of specified completions)',
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 5: must be less than or equal to 0 (the number of indexes in the specified succeededIndexes field)',
      ],
    ],
    [
      'successPolicy',
      { rules: [] },
      [
        'spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified',
      ],
    ],
    [
      'selector',
      { matchLabels: { a: 'b' } },
      [
        'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u-1","a":"b"}}: `selector` not auto-generated',
        'spec.template.metadata.labels: Invalid value: {"job-name":"once","batch.kubernetes.io/job-name":"once","controller-uid":"u-1","batch.kubernetes.io/controller-uid":"u-1"}: `selector` does not match template `labels`',
      ],
    ],
  ])('with %s %j have the errors of upstream', (path, value, want) => {
    expect(errorsOf(JOBS, created(JOBS, withValue(job, `spec.${path}`, value)))).toEqual(want);
  });

  it('need names that their last pod can be called by', () => {
    const long = 'x'.repeat(62);
    expect(errorsOf(JOBS, created(JOBS, withValue(job, 'metadata.name', long)))).toEqual([
      `metadata.name: Invalid value: "${long}": will not able to create pod with invalid DNS label: ${long}-3`,
    ]);
  });

  it.each<[string, unknown, string | undefined]>([
    ['parallelism', 9, undefined],
    ['suspend', true, undefined],
    [
      'completions',
      3,
      'spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
    ],
    ['completions', 2, undefined],
    ['backoffLimitPerIndex', 1, 'spec.backoffLimitPerIndex: Invalid value: 1: field is immutable'],
    ['managedBy', 'a.b/c', 'spec.managedBy: Invalid value: "a.b/c": field is immutable'],
  ])('let %s become %j, or say why not', (path, value, want) => {
    const old = created(JOBS, job);
    const object = updated(JOBS, withValue(old, `spec.${path}`, value), old);
    expect(errorsOf(JOBS, object, old)).toEqual(want === undefined ? [] : [want]);
  });

  it('may be told where to run, and with what, while they are suspended', () => {
    const changes: [string, unknown][] = [
      ['nodeSelector', { disk: 'ssd' }],
      ['tolerations', [{ operator: 'Exists' }]],
      ['affinity', { nodeAffinity: {} }],
      ['schedulingGates', [{ name: 'example.com/gate' }]],
      ['containers.0.resources', { limits: { cpu: '1' } }],
    ];
    const running = created(JOBS, job);
    const suspended = created(JOBS, withValue(job, 'spec.suspend', true));
    for (const [path, value] of changes) {
      const change = (old: KubernetesObject) => withValue(old, `spec.template.spec.${path}`, value);
      expect(errorsOf(JOBS, change(suspended), suspended)).toEqual([]);
      expect(errorsOf(JOBS, change(running), running).join()).toContain('field is immutable');
    }
    const image = withValue(suspended, 'spec.template.spec.containers.0.image', 'x');
    expect(errorsOf(JOBS, image, suspended).join()).toContain('spec.template: Invalid value');
  });

  const is = (...types: string[]) => types.map((type) => ({ type, status: 'True' }));
  const [start, end] = ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z'];
  const done = { startTime: start, completionTime: end, succeeded: 4 };
  it.each<[string, object, object, string[]]>([
    ['that is complete', {}, { ...done, conditions: is('SuccessCriteriaMet', 'Complete') }, []],
    [
      'without its time',
      {},
      { startTime: start, conditions: is('SuccessCriteriaMet', 'Complete') },
      ['status.completionTime: Required value: completionTime is required for Complete jobs'],
    ],
    [
      'both complete and failed',
      {},
      { ...done, conditions: is('SuccessCriteriaMet', 'Complete', 'Failed') },
      [
        'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
      ],
    ],
    [
      'that counts backwards',
      { failed: 2 },
      { failed: 1, ready: 1 },
      [
        'status.ready: Invalid value: 1: cannot set more ready pods than active',
        'status.failed: Invalid value: 1: cannot decrease the failed counter',
      ],
    ],
    [
      'that is no longer over',
      { conditions: is('FailureTarget') },
      {},
      [
        'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition',
      ],
    ],
    [
      'of indexes out of order',
      {},
      { completedIndexes: '2,1' },
      [
        'status.completedIndexes: Invalid value: "2,1": error parsing completedIndexes: non-increasing order, previous: 2, current: 1',
      ],
    ],
    [
      'of indexes both done and failed',
      {},
      { completedIndexes: '0-2', failedIndexes: '2' },
      [
        'status.failedIndexes: Invalid value: "2": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
        'status.failedIndexes: Invalid value: "2": failedIndexes and completedIndexes overlap at index: 2',
      ],
    ],
    [
      'with the same pod twice',
      {},
      { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
      [
        'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
        'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
      ],
    ],
  ])('have a status %s judged as upstream does', (_what, before, status, want) => {
    const old = { ...created(JOBS, job), status: before };
    expect(errorsOf(JOBS, { ...old, status }, old, 'status')).toEqual(want);
  });

  it('can be selected by their successes', () => {
    expect(strategyOf(JOBS).selectableFields?.({ metadata: {}, status: { succeeded: 3 } })).toEqual(
      {
        'status.successful': '3',
      },
    );
  });
});

describe('cron jobs', () => {
  it('get the defaults of upstream', () => {
    const object = created(CRON, cron);
    expect(object.spec).toMatchObject({
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec: { template: { spec: { dnsPolicy: 'ClusterFirst' } } } },
    });
    expect(object.spec).not.toHaveProperty('jobTemplate.spec.completions');
    expect(errorsOf(CRON, object)).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['schedule', '', 'spec.schedule: Required value'],
    [
      'schedule',
      '* * * *',
      'spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]',
    ],
    [
      'schedule',
      'TZ=UTC 0 0 * * *',
      'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    ['timeZone', '', 'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
    [
      'timeZone',
      'Local',
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [
      'timeZone',
      'Mars/Base',
      'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
    ],
    ['timeZone', '../etc', 'spec.timeZone: Invalid value: "../etc": unknown time zone ../etc'],
    [
      'concurrencyPolicy',
      'X',
      'spec.concurrencyPolicy: Unsupported value: "X": supported values: "Allow", "Forbid", "Replace"',
    ],
    [
      'failedJobsHistoryLimit',
      -1,
      'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'jobTemplate.spec.selector',
      { matchLabels: { a: 'b' } },
      'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
    ],
    [
      'jobTemplate.spec.manualSelector',
      true,
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
    [
      'jobTemplate.spec.backoffLimit',
      -1,
      'spec.jobTemplate.spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
  ])('are refused with %s %j', (path, value, want) => {
    expect(errorsOf(CRON, created(CRON, withValue(cron, `spec.${path}`, value)))).toEqual([want]);
  });

  it('have room in their names for the time', () => {
    const name = 'x'.repeat(53);
    const object = created(CRON, withValue(cron, 'metadata.name', name));
    expect(errorsOf(CRON, object)).toEqual([
      `metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
    ]);
    expect(errorsOf(CRON, object, object)).toEqual([]);
  });

  it('keep a zone in a schedule that had one', () => {
    const old = created(CRON, withValue(cron, 'spec.schedule', 'TZ=UTC 0 0 * * *'));
    const bare = withValue(old, 'spec.timeZone', undefined);
    expect(errorsOf(CRON, bare, old)).toEqual([]);
    expect(errorsOf(CRON, old, old)).toEqual([
      'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
    ]);
  });
});
