import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { container, once, pod } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';
import { until } from './harness/until.ts';

type Wrap = (items: object[], defaultMode?: number) => object;

const mode = (defaultMode: number | undefined): object =>
  defaultMode === undefined ? {} : { defaultMode };
const plain: Wrap = (items, defaultMode) => ({ downwardAPI: { items, ...mode(defaultMode) } });
const projected: Wrap = (items, defaultMode) => ({
  projected: { sources: [{ downwardAPI: { items } }], ...mode(defaultMode) },
});

/** Rows of test/conformance/rows.tsv about volumes that show the pod itself. */
describe('conformance of volumes of the downward API: MOUNT-1', () => {
  let cluster: Cluster;
  let allocatable: { cpu: string; memory: string };
  beforeAll(async () => {
    cluster = await Cluster.start('conformance-downward');
    const node = await cluster.client.json<{ status: { allocatable: typeof allocatable } }>(
      'GET',
      `/api/v1/nodes/${cluster.nodeName}`,
    );
    ({ allocatable } = node.status);
  });
  afterAll(() => cluster?.stop());

  const volumeMounts = [{ name: 'v', mountPath: '/etc/v' }];

  /** What is in, and the mode of, the file `value` in a pod with such a volume. */
  const shown = async (volume: object, resources: object = {}) => {
    const runner = await PodRunner.in(cluster);
    const script = 'stat -L -c %a /etc/v/value; cat /etc/v/value';
    const spec = {
      containers: [container({ script, volumeMounts, resources })],
      volumes: [{ name: 'v', ...volume }],
    };
    const [shownMode, text] = (await runner.output(once('p', {}, spec))).split('\n');
    return { mode: shownMode, text };
  };

  const NAME = { path: 'value', fieldRef: { fieldPath: 'metadata.name' } };
  const resource = (path: string, divisor?: string) => ({
    path: 'value',
    resourceFieldRef: {
      containerName: 'main',
      resource: path,
      ...(divisor === undefined ? {} : { divisor }),
    },
  });

  it.concurrent.each([
    [
      '[sig-storage] Downward API volume should provide podname only [Conformance] [NodeConformance]',
      plain([NAME]),
      '644',
    ],
    [
      '[sig-storage] Downward API volume should set DefaultMode on files [LinuxOnly] [Conformance] [NodeConformance]',
      plain([NAME], 0o400),
      '400',
    ],
    [
      '[sig-storage] Downward API volume should set mode on item file [LinuxOnly] [Conformance] [NodeConformance]',
      plain([{ ...NAME, mode: 0o400 }]),
      '400',
    ],
    [
      '[sig-storage] Projected downwardAPI should provide podname only [Conformance] [NodeConformance]',
      projected([NAME]),
      '644',
    ],
    [
      '[sig-storage] Projected downwardAPI should set DefaultMode on files [LinuxOnly] [Conformance] [NodeConformance]',
      projected([NAME], 0o400),
      '400',
    ],
    [
      '[sig-storage] Projected downwardAPI should set mode on item file [LinuxOnly] [Conformance] [NodeConformance]',
      projected([{ ...NAME, mode: 0o400 }]),
      '400',
    ],
  ] as const)('%s', async (_, volume, want) => {
    expect(await shown(volume)).toEqual({ mode: want, text: 'p' });
  });

  const resources = {
    limits: { cpu: '1250m', memory: '64Mi' },
    requests: { cpu: '250m', memory: '32Mi' },
  };

  it.concurrent.each([
    [
      "[sig-storage] Downward API volume should provide container's cpu limit [Conformance] [NodeConformance]",
      plain,
      resource('limits.cpu', '1m'),
      '1250',
    ],
    [
      "[sig-storage] Downward API volume should provide container's cpu request [Conformance] [NodeConformance]",
      plain,
      resource('requests.cpu', '1m'),
      '250',
    ],
    [
      "[sig-storage] Downward API volume should provide container's memory limit [Conformance] [NodeConformance]",
      plain,
      resource('limits.memory'),
      '67108864',
    ],
    [
      "[sig-storage] Downward API volume should provide container's memory request [Conformance] [NodeConformance]",
      plain,
      resource('requests.memory'),
      '33554432',
    ],
    [
      "[sig-storage] Projected downwardAPI should provide container's cpu limit [Conformance] [NodeConformance]",
      projected,
      resource('limits.cpu', '1m'),
      '1250',
    ],
    [
      "[sig-storage] Projected downwardAPI should provide container's cpu request [Conformance] [NodeConformance]",
      projected,
      resource('requests.cpu', '1m'),
      '250',
    ],
    [
      "[sig-storage] Projected downwardAPI should provide container's memory limit [Conformance] [NodeConformance]",
      projected,
      resource('limits.memory'),
      '67108864',
    ],
    [
      "[sig-storage] Projected downwardAPI should provide container's memory request [Conformance] [NodeConformance]",
      projected,
      resource('requests.memory'),
      '33554432',
    ],
  ] as const)('%s', async (_, wrap, item, want) => {
    expect((await shown(wrap([item]), resources)).text).toBe(want);
  });

  it.concurrent.each([
    [
      '[sig-storage] Downward API volume should provide node allocatable (cpu) as default cpu limit if the limit is not set [Conformance] [NodeConformance]',
      plain,
      'cpu',
    ],
    [
      '[sig-storage] Downward API volume should provide node allocatable (memory) as default memory limit if the limit is not set [Conformance] [NodeConformance]',
      plain,
      'memory',
    ],
    [
      '[sig-storage] Projected downwardAPI should provide node allocatable (cpu) as default cpu limit if the limit is not set [Conformance] [NodeConformance]',
      projected,
      'cpu',
    ],
    [
      '[sig-storage] Projected downwardAPI should provide node allocatable (memory) as default memory limit if the limit is not set [Conformance] [NodeConformance]',
      projected,
      'memory',
    ],
  ] as const)('%s', async (_, wrap, what) => {
    const divisor = what === 'cpu' ? '1' : '1Ki';
    const want = String(Number.parseInt(allocatable[what], 10));
    expect((await shown(wrap([resource(`limits.${what}`, divisor)]))).text).toBe(want);
  });

  it.concurrent.each([
    [
      '[sig-storage] Downward API volume should update labels on modification [Conformance] [NodeConformance]',
      plain,
      'labels',
    ],
    [
      '[sig-storage] Downward API volume should update annotations on modification [Conformance] [NodeConformance]',
      plain,
      'annotations',
    ],
    [
      '[sig-storage] Projected downwardAPI should update labels on modification [Conformance] [NodeConformance]',
      projected,
      'labels',
    ],
    [
      '[sig-storage] Projected downwardAPI should update annotations on modification [Conformance] [NodeConformance]',
      projected,
      'annotations',
    ],
  ] as const)('%s', async (_, wrap, what) => {
    const runner = await PodRunner.in(cluster);
    const script = 'while true; do cat /etc/v/value; echo; sleep 0.3; done';
    const item = { path: 'value', fieldRef: { fieldPath: `metadata.${what}` } };
    const spec = {
      containers: [container({ script, volumeMounts })],
      volumes: [{ name: 'v', ...wrap([item]) }],
    };
    await runner.create(pod('p', spec, { [what]: { key1: 'value1' } }));
    await runner.running('p');
    const shows = (line: string) =>
      until(`the pod shows ${line}`, async () => (await runner.log('p')).includes(`${line}\n`));
    await shows('key1="value1"');
    await runner.patch('Pod', 'p', { metadata: { [what]: { key2: 'value2' } } });
    await shows('key2="value2"');
  });

  it.concurrent('the init containers of a pod are shown as well', async () => {
    const item = {
      path: 'value',
      resourceFieldRef: { containerName: 'first', resource: 'limits.memory' },
    };
    const runner = await PodRunner.in(cluster);
    const spec = {
      initContainers: [
        container({ name: 'first', script: 'true', resources: { limits: { memory: '16Mi' } } }),
      ],
      containers: [container({ script: 'cat /etc/v/value', volumeMounts })],
      volumes: [{ name: 'v', ...plain([item]) }],
    };
    expect(await runner.output(once('p', {}, spec))).toBe('16777216');
  });
});
