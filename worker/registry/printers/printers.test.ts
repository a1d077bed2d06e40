import { describe, expect, it } from 'vitest';
import { RESOURCES } from '../resource-table.ts';
import { toTable } from '../table-convert.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const CREATED = '2026-01-01T00:00:00Z';

/** The cells of one object by column name, as kubectl would show them. */
function print(resource: string, object: Record<string, unknown>): Record<string, unknown> {
  const full = { metadata: { name: 'a', creationTimestamp: CREATED }, ...object };
  const table = toTable(RESOURCES.get(resource)!, [full], {
    includeObject: 'None',
    now: NOW,
    headers: true,
  });
  return Object.fromEntries(
    table.columnDefinitions.map((column, i) => [column.name, table.rows[0]!.cells[i]]),
  );
}

const running = { ready: true, restartCount: 0, state: { running: {} }, name: 'main' };
const spec = { containers: [{ name: 'main', image: 'nginx' }] };

describe('pods', () => {
  it.each<[string, object, Record<string, unknown>]>([
    [
      'Running',
      { status: { phase: 'Running', containerStatuses: [running] } },
      { Ready: '1/1', Restarts: '0', Age: '60m' },
    ],
    ['Pending', { status: { phase: 'Pending' } }, { Ready: '0/1' }],
    [
      'CrashLoopBackOff',
      {
        status: {
          phase: 'Running',
          containerStatuses: [
            {
              ...running,
              ready: false,
              restartCount: 3,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:55:00Z' } },
            },
          ],
        },
      },
      { Ready: '0/1', Restarts: '3 (5m ago)' },
    ],
    [
      'Completed',
      {
        status: {
          phase: 'Succeeded',
          containerStatuses: [
            {
              ...running,
              ready: false,
              state: { terminated: { exitCode: 0, reason: 'Completed' } },
            },
          ],
        },
      },
      { Ready: '0/1' },
    ],
    [
      'Error',
      {
        status: {
          phase: 'Failed',
          containerStatuses: [
            {
              ...running,
              ready: false,
              state: { terminated: { exitCode: 0, reason: 'Completed' } },
            },
            { ...running, ready: false, state: { terminated: { exitCode: 1, reason: 'Error' } } },
          ],
        },
      },
      {},
    ],
    [
      'ExitCode:2',
      {
        status: {
          phase: 'Failed',
          containerStatuses: [{ ...running, ready: false, state: { terminated: { exitCode: 2 } } }],
        },
      },
      {},
    ],
    [
      'Init:1/2',
      {
        spec: { ...spec, initContainers: [{ name: 'i' }, { name: 'j' }] },
        status: {
          phase: 'Pending',
          initContainerStatuses: [
            { name: 'i', restartCount: 0, state: { terminated: { exitCode: 0 } } },
            { name: 'j', restartCount: 0, state: { running: {} } },
          ],
          containerStatuses: [
            { ...running, ready: false, state: { waiting: { reason: 'PodInitializing' } } },
          ],
        },
      },
      { Ready: '0/1' },
    ],
    [
      'Init:Error',
      {
        spec: { ...spec, initContainers: [{ name: 'i' }] },
        status: {
          phase: 'Pending',
          initContainerStatuses: [
            { name: 'i', restartCount: 1, state: { terminated: { exitCode: 1, reason: 'Error' } } },
          ],
        },
      },
      { Restarts: '1' },
    ],
    [
      'Terminating',
      {
        metadata: { name: 'a', creationTimestamp: CREATED, deletionTimestamp: CREATED },
        status: { phase: 'Running', containerStatuses: [running] },
      },
      { Ready: '1/1' },
    ],
    [
      'Unknown',
      {
        metadata: { name: 'a', deletionTimestamp: CREATED },
        status: { phase: 'Running', reason: 'NodeLost' },
      },
      { Age: '<unknown>' },
    ],
    [
      'NotReady',
      {
        spec: { containers: [{ name: 'main' }, { name: 'job' }] },
        status: {
          phase: 'Running',
          containerStatuses: [
            {
              ...running,
              name: 'job',
              ready: false,
              state: { terminated: { exitCode: 0, reason: 'Completed' } },
            },
            running,
          ],
        },
      },
      { Ready: '1/2' },
    ],
  ])('are shown as %s', (status, object, more) => {
    expect(print('pods', { spec, ...object })).toMatchObject({ Status: status, ...more });
  });

  it('have the columns of upstream', () => {
    expect(Object.keys(print('pods', { spec }))).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP',
      'Node',
      'Nominated Node',
      'Readiness Gates',
    ]);
  });
});

describe('other resources', () => {
  it.each<[string, object, Record<string, unknown>]>([
    [
      'nodes',
      {
        metadata: {
          name: 'n',
          creationTimestamp: CREATED,
          labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' },
        },
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
          nodeInfo: { kubeletVersion: 'v1.36.0' },
        },
      },
      {
        Status: 'Ready,SchedulingDisabled',
        Roles: 'edge,worker',
        Version: 'v1.36.0',
        'Internal-IP': '10.0.0.1',
        'External-IP': '<none>',
      },
    ],
    [
      'deployments.apps',
      {
        spec: { replicas: 3, selector: { matchLabels: { a: 'b' } }, template: { spec } },
        status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
      },
      {
        Ready: '2/3',
        'Up-to-date': 3,
        Available: 1,
        Containers: 'main',
        Images: 'nginx',
        Selector: 'a=b',
      },
    ],
    [
      'services',
      {
        spec: {
          type: 'NodePort',
          clusterIP: '10.0.0.9',
          ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
        },
      },
      {
        'Cluster-IP': '10.0.0.9',
        'External-IP': '<none>',
        'Port(s)': '80:30080/TCP',
        Selector: '<none>',
      },
    ],
    [
      'events',
      {
        involvedObject: { kind: 'Pod', name: 'web' },
        type: 'Normal',
        reason: 'Started',
        message: ' Started it ',
        source: { component: 'kubelet', host: 'n1' },
        firstTimestamp: CREATED,
        lastTimestamp: '2026-01-01T00:59:00Z',
        count: 4,
      },
      {
        'Last Seen': '60s',
        Object: 'pod/web',
        Source: 'kubelet, n1',
        Message: 'Started it',
        'First Seen': '60m',
        Count: 4,
      },
    ],
    ['configmaps', { data: { a: '' }, binaryData: { b: '' } }, { Data: 2 }],
    ['leases.coordination.k8s.io', { spec: { holderIdentity: 'me' } }, { Holder: 'me' }],
  ])('%s are shown as upstream shows them', (resource, object, want) => {
    expect(print(resource, object as Record<string, unknown>)).toMatchObject(want);
  });

  it('without a printer show name and creation', () => {
    const { printer: _, ...info } = RESOURCES.get('secrets')!;
    const object = { metadata: { name: 'a', creationTimestamp: CREATED } };
    const table = toTable(info, [object], { includeObject: 'Metadata', now: NOW, headers: true });
    expect(table.columnDefinitions.map((c) => c.name)).toEqual(['Name', 'Created At']);
    expect(table.rows).toEqual([
      {
        cells: ['a', CREATED],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', ...object },
      },
    ]);
  });
});

describe('what runs to completion', () => {
  const condition = (type: string) => ({ conditions: [{ type, status: 'True' }] });
  const START = '2026-01-01T00:30:00Z';
  it.each<[object, object, Record<string, unknown>]>([
    [
      { completions: 3 },
      { succeeded: 1, startTime: START },
      {
        Status: 'Running',
        Completions: '1/3',
        Duration: '30m',
      },
    ],
    [{ parallelism: 2 }, condition('Suspended'), { Status: 'Suspended', Completions: '0/1 of 2' }],
    [{ parallelism: 1 }, condition('Failed'), { Status: 'Failed', Completions: '0/1' }],
    [
      { completions: 1 },
      { ...condition('Complete'), startTime: START, completionTime: '2026-01-01T00:30:05Z' },
      { Status: 'Complete', Duration: '5s' },
    ],
  ])('jobs: %j %j', (jobSpec, status, want) => {
    expect(print('jobs.batch', { spec: { ...jobSpec, template: { spec } }, status })).toMatchObject(
      {
        ...want,
        Name: 'a',
        Age: '60m',
        Containers: 'main',
        Images: 'nginx',
        Selector: '<none>',
      },
    );
  });

  it('cron jobs', () => {
    const cronSpec = {
      schedule: '@daily',
      suspend: true,
      jobTemplate: { spec: { template: { spec } } },
    };
    const status = { active: [{}], lastScheduleTime: START };
    expect(print('cronjobs.batch', { spec: cronSpec, status })).toEqual({
      Name: 'a',
      Schedule: '@daily',
      Timezone: '<none>',
      Suspend: 'True',
      Active: 1,
      'Last Schedule': '30m',
      Age: '60m',
      Containers: 'main',
      Images: 'nginx',
      Selector: '<none>',
    });
  });
});

describe('sets of pods', () => {
  const selector = { matchLabels: { app: 'web' } };
  it('stateful sets', () => {
    const object = {
      spec: { replicas: 3, selector, template: { spec } },
      status: { readyReplicas: 2 },
    };
    expect(print('statefulsets.apps', object)).toEqual({
      Name: 'a',
      Ready: '2/3',
      Age: '60m',
      Containers: 'main',
      Images: 'nginx',
    });
  });

  it('daemon sets', () => {
    const object = {
      spec: { selector, template: { spec: { ...spec, nodeSelector: { disk: 'ssd' } } } },
      status: { desiredNumberScheduled: 4, currentNumberScheduled: 3, numberReady: 2 },
    };
    expect(print('daemonsets.apps', object)).toEqual({
      Name: 'a',
      Desired: 4,
      Current: 3,
      Ready: 2,
      'Up-to-date': 0,
      Available: 0,
      'Node Selector': 'disk=ssd',
      Age: '60m',
      Containers: 'main',
      Images: 'nginx',
      Selector: 'app=web',
    });
  });

  it('controller revisions', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', controller: true };
    const metadata = { name: 'a', creationTimestamp: CREATED, ownerReferences: [owner] };
    expect(print('controllerrevisions.apps', { metadata, revision: 4 })).toEqual({
      Name: 'a',
      Controller: 'statefulset.apps/web',
      Revision: 4,
      Age: '60m',
    });
  });
});
