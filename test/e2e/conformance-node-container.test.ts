import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { configMap, container, once, pod, secret } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';

/** Rows of test/conformance/rows.tsv about what a container is started with, and how it ends. */
describe('conformance of containers: CONTAINER-1, CONTAINER-2, CONTAINER-4', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('conformance-containers');
  });
  afterAll(() => cluster?.stop());

  const variables = (text: string) =>
    Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );

  const environment = async (fields: object, ...objects: object[]) => {
    const runner = await PodRunner.in(cluster);
    await runner.create(...objects);
    const text = await runner.output(once('p', { command: ['/bin/env'], ...fields }));
    return { runner, env: variables(text) };
  };

  const DATA = { 'data-1': 'value-1', data_2: 'value-2' };
  const field = (name: string, fieldPath: string) => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  const resource = (name: string, path: string, divisor?: string) => ({
    name,
    valueFrom: {
      resourceFieldRef: { resource: path, ...(divisor === undefined ? {} : { divisor }) },
    },
  });

  const SOURCES = [
    {
      byKey:
        '[sig-node] ConfigMap should be consumable via environment variable [Conformance] [NodeConformance]',
      whole:
        '[sig-node] ConfigMap should be consumable via the environment [Conformance] [NodeConformance]',
      prefixed:
        '[sig-node] ConfigMap should be consumable as environment variable names with various prefixes [Conformance]',
      make: configMap,
      ref: 'configMapRef',
      keyRef: 'configMapKeyRef',
    },
    {
      byKey:
        '[sig-node] Secrets should be consumable from pods in env vars [Conformance] [NodeConformance]',
      whole:
        '[sig-node] Secrets should be consumable via the environment [Conformance] [NodeConformance]',
      prefixed:
        '[sig-node] Secrets should be consumable as environment variable names variable names with various prefixes [Conformance]',
      make: secret,
      ref: 'secretRef',
      keyRef: 'secretKeyRef',
    },
  ];

  it.concurrent.each(SOURCES.map((source) => [source.byKey, source] as const))(
    '%s',
    async (_, { make, keyRef }) => {
      const from = (key: string, more: object = {}) => ({
        valueFrom: { [keyRef]: { name: 'source', key, ...more } },
      });
      const { env } = await environment(
        {
          env: [
            { name: 'ONE', ...from('data-1') },
            { name: 'NONE', ...from('x', { optional: true }) },
          ],
        },
        make('source', DATA),
      );
      expect(env['ONE']).toBe('value-1');
      expect(env).not.toHaveProperty('NONE');
    },
  );

  it.concurrent.each(SOURCES.map((source) => [source.whole, source] as const))(
    '%s',
    async (_, { make, ref }) => {
      const envFrom = [
        { [ref]: { name: 'source' } },
        { prefix: 'p-', [ref]: { name: 'source' } },
        { [ref]: { name: 'none', optional: true } },
      ];
      const { env } = await environment({ envFrom }, make('source', DATA));
      expect(env).toMatchObject({
        'data-1': 'value-1',
        data_2: 'value-2',
        'p-data-1': 'value-1',
        'p-data_2': 'value-2',
      });
    },
  );

  it.concurrent.each(SOURCES.map((source) => [source.prefixed, source] as const))(
    '%s',
    async (_, { make, ref }) => {
      const prefixes = ['p_', 'p-', '1_', '$_', '#!'];
      const envFrom = prefixes.map((prefix) => ({ prefix, [ref]: { name: 'source' } }));
      const { env } = await environment({ envFrom }, make('source', DATA));
      for (const prefix of prefixes) expect(env[`${prefix}data-1`]).toBe('value-1');
    },
  );

  it.concurrent('[sig-node] Downward API should provide pod name, namespace and IP address as env vars [Conformance] [NodeConformance]', async () => {
    const { runner, env } = await environment({
      env: [
        field('NAME', 'metadata.name'),
        field('NAMESPACE', 'metadata.namespace'),
        field('IP', 'status.podIP'),
      ],
    });
    const { status } = await runner.pod('p');
    expect(env).toMatchObject({ NAME: 'p', NAMESPACE: runner.namespace });
    expect(env['IP']).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(env['IP']).toBe(status?.podIP);
  });

  it.concurrent('[sig-node] Downward API should provide host IP as an env var [Conformance] [NodeConformance]', async () => {
    const { runner, env } = await environment({ env: [field('IP', 'status.hostIP')] });
    expect(env['IP']).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(env['IP']).toBe((await runner.pod('p')).status?.hostIP);
  });

  it.concurrent('[sig-node] Downward API should provide hostIPs as an env var [Conformance] [NodeConformance]', async () => {
    const { runner, env } = await environment({ env: [field('IPS', 'status.hostIPs')] });
    expect(env['IPS']?.split(',')[0]).toBe((await runner.pod('p')).status?.hostIP);
  });

  it.concurrent('[sig-node] Downward API should provide pod UID as env vars [Conformance] [NodeConformance]', async () => {
    const { runner, env } = await environment({ env: [field('UID', 'metadata.uid')] });
    expect(env['UID']).toBe((await runner.pod('p')).metadata.uid);
  });

  const RESOURCES = [
    resource('CPU_LIMIT', 'limits.cpu'),
    resource('MEMORY_LIMIT', 'limits.memory'),
    resource('CPU_REQUEST', 'requests.cpu'),
    resource('CPU_REQUEST_MILLI', 'requests.cpu', '1m'),
    resource('MEMORY_REQUEST', 'requests.memory'),
  ];

  it.concurrent("[sig-node] Downward API should provide container's limits.cpu/memory and requests.cpu/memory as env vars [Conformance] [NodeConformance]", async () => {
    const resources = {
      requests: { cpu: '250m', memory: '32Mi' },
      limits: { cpu: '1250m', memory: '64Mi' },
    };
    const { env } = await environment({ env: RESOURCES, resources });
    expect(env).toMatchObject({
      CPU_LIMIT: '2',
      MEMORY_LIMIT: '67108864',
      CPU_REQUEST: '1',
      CPU_REQUEST_MILLI: '250',
      MEMORY_REQUEST: '33554432',
    });
  });

  it.concurrent('[sig-node] Downward API should provide default limits.cpu/memory from node allocatable [Conformance] [NodeConformance]', async () => {
    const { env } = await environment({ env: RESOURCES.slice(0, 2) });
    const { status } = await cluster.client.json<{
      status: { allocatable: { cpu: string; memory: string } };
    }>('GET', `/api/v1/nodes/${cluster.nodeName}`);
    const { cpu, memory } = status.allocatable;
    expect(env['CPU_LIMIT']).toBe(cpu);
    expect(env['MEMORY_LIMIT']).toBe(String(Number.parseInt(memory, 10) * 1024));
  });

  it.concurrent('[sig-node] Variable Expansion should allow composing env vars into new env vars [Conformance] [NodeConformance]', async () => {
    const { env } = await environment({
      env: [
        { name: 'FOO', value: 'foo-value' },
        { name: 'BAR', value: 'bar-value' },
        { name: 'BOTH', value: '$(FOO);;$(BAR)' },
      ],
    });
    expect(env['BOTH']).toBe('foo-value;;bar-value');
  });

  const ECHO = 'VAR=wrong; echo "$(VAR)"';
  const VAR = [{ name: 'VAR', value: 'test-value' }];
  it.concurrent.each([
    [
      "[sig-node] Variable Expansion should allow substituting values in a container's args [Conformance] [NodeConformance]",
      { command: ['sh', '-c'], args: [ECHO] },
    ],
    [
      "[sig-node] Variable Expansion should allow substituting values in a container's command [Conformance] [NodeConformance]",
      { command: ['sh', '-c', ECHO] },
    ],
  ] as const)('%s', async (_, fields) => {
    const runner = await PodRunner.in(cluster);
    expect(await runner.output(once('p', { env: VAR, ...fields }))).toBe('test-value\n');
  });

  const LOG = 'log message';
  it.concurrent.each(
    [
      {
        title:
          '[sig-node] Container Runtime blackbox test on terminated container should report termination message as empty when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set [Conformance] [NodeConformance]',
        script: `echo ${LOG}`,
        fields: { terminationMessagePolicy: 'FallbackToLogsOnError' },
        want: undefined,
      },
      {
        title:
          '[sig-node] Container Runtime blackbox test on terminated container should report termination message from file when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set [Conformance] [NodeConformance]',
        script: `echo ${LOG}; printf OK > /dev/termination-log`,
        fields: { terminationMessagePolicy: 'FallbackToLogsOnError' },
        want: 'OK',
      },
      {
        title:
          '[sig-node] Container Runtime blackbox test on terminated container should report termination message from log output if TerminationMessagePolicy FallbackToLogsOnError is set [Conformance] [NodeConformance]',
        script: `printf '${LOG}'; exit 1`,
        fields: { terminationMessagePolicy: 'FallbackToLogsOnError' },
        want: LOG,
      },
      {
        title:
          '[sig-node] Container Runtime blackbox test on terminated container should report termination message if TerminationMessagePath is set as non-root user and at a non-default path [Conformance] [NodeConformance]',
        script: 'printf DONE > /dev/termination-custom-log',
        fields: {
          terminationMessagePath: '/dev/termination-custom-log',
          securityContext: { runAsUser: 10001 },
        },
        want: 'DONE',
      },
    ].map((row) => [row.title, row] as const),
  )('%s', async (_, { script, fields, want }) => {
    const runner = await PodRunner.in(cluster);
    await runner.create(once('p', { script, ...fields }));
    const { status } = await runner.untilPod('p', 'ends', (found) =>
      ['Succeeded', 'Failed'].includes(found.status?.phase ?? ''),
    );
    expect(status?.containerStatuses?.[0]?.state.terminated?.message).toBe(want);
  });

  it.concurrent('[sig-node] Container Runtime blackbox test when starting a container that exits should run with the expected status [Conformance] [NodeConformance]', async () => {
    const runner = await PodRunner.in(cluster);
    // Each fails in its first life; afterwards one goes on, one ends well, and one has no other.
    const script = (second: string) => `[ -e /once/x ] || { touch /once/x; exit 1; }; ${second}`;
    const lives = [
      {
        name: 'always',
        restartPolicy: 'Always',
        second: 'sleep 1000',
        phase: 'Running',
        restarts: 1,
      },
      {
        name: 'failure',
        restartPolicy: 'OnFailure',
        second: 'exit 0',
        phase: 'Succeeded',
        restarts: 1,
      },
      { name: 'never', restartPolicy: 'Never', second: '', phase: 'Failed', restarts: 0 },
    ];
    const volumes = [{ name: 'once', emptyDir: {} }];
    const volumeMounts = [{ name: 'once', mountPath: '/once' }];
    await Promise.all(
      lives.map(async ({ name, restartPolicy, second, phase, restarts }) => {
        const containers = [container({ script: script(second), volumeMounts })];
        await runner.create(pod(name, { restartPolicy, volumes, containers }));
        const { status } = await runner.untilPod(name, `is ${phase}`, (found) => {
          const restarted = found.status?.containerStatuses?.[0]?.restartCount === restarts;
          return found.status?.phase === phase && restarted;
        });
        const isRunning = phase === 'Running';
        const ready = status?.conditions?.find(({ type }) => type === 'Ready');
        expect(ready?.status).toBe(isRunning ? 'True' : 'False');
        const { state } = status!.containerStatuses![0]!;
        if (isRunning) expect(state.running).toBeDefined();
        else expect(state.terminated).toMatchObject({ exitCode: phase === 'Failed' ? 1 : 0 });
      }),
    );
  });

  it.concurrent('[sig-node] Kubelet when scheduling a busybox command in a pod should print the output to logs [Conformance] [NodeConformance]', async () => {
    const runner = await PodRunner.in(cluster);
    expect(await runner.output(once('p', { script: "echo 'Hello World'" }))).toBe('Hello World\n');
  });

  it.concurrent('[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should have an terminated reason [Conformance] [NodeConformance]', async () => {
    const runner = await PodRunner.in(cluster);
    await runner.create(once('p', { command: ['/bin/false'] }));
    const { status } = await runner.untilReason('p', 'Error');
    expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 1 });
  });
});
