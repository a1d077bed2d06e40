import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { givenPods } from './harness/given-pods.ts';
import type { GivenPods } from './harness/given-pods.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';

type Amounts = Readonly<Record<string, string>>;
interface Resources {
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}

interface PodObject {
  spec: { containers: { name: string; resources: Resources }[] };
  status: {
    conditions: { type: string; reason?: string; message?: string }[];
    containerStatuses: {
      name: string;
      restartCount: number;
      resources?: Resources;
      allocatedResources?: Amounts;
    }[];
  };
}

/** What the kernel says of a container, by whichever kind of control groups the machine has. */
const KERNEL = `
cd /sys/fs/cgroup
if [ -e cgroup.controllers ]; then
  echo weight $(cat cpu.weight); echo quota $(cut -d' ' -f1 cpu.max); echo memory $(cat memory.max)
else
  echo shares $(cat cpu/cpu.shares); echo quota $(cat cpu/cpu.cfs_quota_us)
  echo memory $(cat memory/memory.limit_in_bytes)
fi`;

describeWithKubectl('conformance of resizes in place', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('pod-resize');
  });
  afterAll(() => cluster?.stop());

  const subject = (containers: Readonly<Record<string, Resources>>, more: object = {}) =>
    pod('subject', {
      containers: Object.entries(containers).map(([name, resources]) =>
        container({ name, resources, ...more }),
      ),
    });

  const read = async ({ output }: GivenPods): Promise<PodObject> =>
    JSON.parse(await output('get', 'pod', 'subject', '-o', 'json')) as PodObject;

  /** Resizes, and waits until the containers have what they were asked to have. */
  async function resize(given: GivenPods, change: Readonly<Record<string, Resources>>) {
    const containers = Object.entries(change).map(([name, resources]) => ({ name, resources }));
    const patch = JSON.stringify({ spec: { containers } });
    await given.output('patch', 'pod', 'subject', '--subresource=resize', '-p', patch);
    await settled(given);
  }

  async function settled(given: GivenPods): Promise<PodObject> {
    return until('the resize is over', async () => {
      const { spec, status } = await read(given);
      for (const { name, resources } of spec.containers) {
        const found = status.containerStatuses.find((entry) => entry.name === name);
        expect(found?.resources).toEqual(resources);
        expect(found?.allocatedResources).toEqual(resources.requests);
      }
      expect(status.conditions.map(({ type }) => type).join()).not.toContain('PodResize');
      return { spec, status };
    });
  }

  async function kernel({ output }: GivenPods, name: string): Promise<Record<string, string>> {
    const text = await output('exec', 'subject', '-c', name, '--', 'sh', '-c', KERNEL);
    return Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
  }

  it.concurrent('[sig-node] Pod InPlace Resize Container burstable pods - extended 6 containers - various operations performed (including adding limits and requests) [MinimumKubeletVersion:1.34] [Conformance]', async () => {
    const given = await givenPods(
      cluster,
      subject({
        c1: { requests: { cpu: '20m', memory: '20Mi' }, limits: { cpu: '30m', memory: '30Mi' } },
        c2: { requests: { cpu: '20m', memory: '20Mi' }, limits: { cpu: '30m', memory: '30Mi' } },
        c3: { requests: { cpu: '20m', memory: '20Mi' } },
        c4: { requests: { cpu: '20m' } },
        c5: { requests: { memory: '20Mi' } },
        c6: {},
      }),
    );
    await given.ready('subject');
    await settled(given);
    await resize(given, {
      c1: { requests: { cpu: '25m', memory: '22Mi' }, limits: { cpu: '40m', memory: '35Mi' } },
      c2: { requests: { cpu: '15m', memory: '18Mi' }, limits: { cpu: '25m', memory: '32Mi' } },
      c3: { requests: { cpu: '20m', memory: '20Mi' }, limits: { cpu: '35m', memory: '40Mi' } },
      c4: { requests: { cpu: '20m', memory: '10Mi' } },
      c5: { requests: { cpu: '10m', memory: '20Mi' } },
      c6: { requests: { cpu: '10m', memory: '10Mi' }, limits: { cpu: '50m', memory: '50Mi' } },
    });
    const mebibytes = (count: number): string => String(count * 2 ** 20);
    expect(await kernel(given, 'c1')).toMatchObject({ quota: '4000', memory: mebibytes(35) });
    expect(await kernel(given, 'c2')).toMatchObject({ quota: '2500', memory: mebibytes(32) });
    expect(await kernel(given, 'c3')).toMatchObject({ quota: '3500', memory: mebibytes(40) });
    expect(await kernel(given, 'c6')).toMatchObject({ quota: '5000', memory: mebibytes(50) });
    const { status } = await read(given);
    expect(status.containerStatuses.map(({ restartCount }) => restartCount)).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
    expect((await given.events('subject', 'ResizeCompleted')).join()).toContain(
      'Pod resize completed: {"containers":[{"name":"c1"',
    );
  });

  it.concurrent('[sig-node] Pod InPlace Resize Container burstable pods - extended resize with equivalents [MinimumKubeletVersion:1.34] [Conformance]', async () => {
    const given = await givenPods(
      cluster,
      subject({ c1: { requests: { cpu: '2m' }, limits: { cpu: '10m' } } }),
    );
    await given.ready('subject');
    await resize(given, { c1: { requests: { cpu: '1m' }, limits: { cpu: '5m' } } });
    expect((await read(given)).status.containerStatuses[0]?.restartCount).toBe(0);
  });

  it.concurrent('[sig-node] Pod InPlace Resize Container resize pod via the replace endpoint [MinimumKubeletVersion:1.34] [Conformance]', async () => {
    const given = await givenPods(
      cluster,
      subject({ c1: { requests: { cpu: '20m', memory: '20Mi' } } }),
    );
    await given.ready('subject');
    await settled(given);
    const path = `/api/v1/namespaces/${given.namespace}/pods/subject`;
    const current = await cluster.client.json<PodObject>('GET', `${path}/resize`);
    const [first] = current.spec.containers;
    if (first === undefined) throw new Error('there is no container');
    first.resources = { requests: { cpu: '30m', memory: '20Mi' } };
    await cluster.client.json('PUT', `${path}/resize`, current);
    await settled(given);
    const resized = await cluster.client.json('GET', `${path}/resize`);
    expect(resized).toEqual(await cluster.client.json('GET', path));
  });

  it.concurrent('POD-10: a resize that the node has no room for is told of', async () => {
    const given = await givenPods(cluster, subject({ c1: { requests: { cpu: '20m' } } }));
    await given.ready('subject');
    const patch = {
      spec: { containers: [{ name: 'c1', resources: { requests: { cpu: '1k' } } }] },
    };
    await given.output(
      'patch',
      'pod',
      'subject',
      '--subresource=resize',
      '-p',
      JSON.stringify(patch),
    );
    const pending = '.status.conditions[?(@.type=="PodResizePending")]';
    await until(
      'the condition is there',
      async () => (await given.field('subject', `${pending}.reason`)) === 'Infeasible',
    );
    expect(await given.field('subject', `${pending}.message`)).toMatch(
      /^Node didn't have enough capacity: cpu, requested: 1000000, capacity: \d+$/,
    );
    expect(await given.field('subject', '.status.containerStatuses[0].resources')).toBe(
      '{"requests":{"cpu":"20m"}}',
    );
  });

  it.concurrent('POD-10: a container that says so is restarted for a resize', async () => {
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const given = await givenPods(
      cluster,
      subject({ c1: { limits: { memory: '40Mi' } } }, { resizePolicy }),
    );
    await given.ready('subject');
    await settled(given);
    await resize(given, { c1: { requests: { memory: '50Mi' }, limits: { memory: '50Mi' } } });
    // While it does not run, it has what it is going to have.
    await until(
      'it is restarted',
      async () => (await read(given)).status.containerStatuses[0]?.restartCount === 1,
    );
    await given.ready('subject');
    expect((await kernel(given, 'c1'))['memory']).toBe(String(50 * 2 ** 20));
    expect(await given.events('subject', 'Killing')).toEqual([
      'Container c1 resize requires restart',
    ]);
  });
});
