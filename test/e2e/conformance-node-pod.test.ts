import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { givenPods } from './harness/given-pods.ts';
import { IMAGE, OTHER_IMAGE } from './harness/image.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod, WAIT } from './harness/manifests.ts';
import { nodePod } from './harness/node-server.ts';
import { until } from './harness/until.ts';
import { Watcher } from './harness/watcher.ts';

describeWithKubectl('conformance of pods', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('node-pod');
  });
  afterAll(() => cluster?.stop());

  const given = (...objects: object[]) => givenPods(cluster, ...objects);
  const patch = (name: string, change: object, ...more: string[]): string[] => [
    'patch',
    'pod',
    name,
    ...more,
    '-p',
    JSON.stringify(change),
  ];

  /** Follows the pods of a path; the pod is always called `subject`. */
  function watching(path: string, resourceVersion: string) {
    const watcher = new Watcher(() => cluster.connection, path, resourceVersion);
    const saw = (type: string) =>
      until(`an event ${type}`, () =>
        watcher.events.some((event) => event.type === type && event.name === 'subject'),
      );
    return { saw, stop: () => watcher.stop() };
  }

  /** Notes the first line of each HTTP request, and answers. */
  const LISTENER = `
cat > /tmp/answer <<'END'
#!/bin/sh
read line; echo "$line" >> /tmp/requests; printf 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
END
chmod +x /tmp/answer; touch /tmp/requests; nc -ll -p 8080 -e /tmp/answer &
${WAIT}`;

  /** A pod with a hook that tells a second pod, by a command or itself. */
  async function toldBy(hook: 'postStart' | 'preStop', by: 'exec' | 'http'): Promise<void> {
    const pods = await given(
      pod('listener', {
        containers: [
          container({ script: LISTENER, readinessProbe: { tcpSocket: { port: 8080 } } }),
        ],
      }),
    );
    const { namespace, output, field, ready } = pods;
    await ready('listener');
    const host = await field('listener', '.status.podIP');
    const path = `/echo?msg=${hook}`;
    const handler =
      by === 'http'
        ? { httpGet: { host, port: 8080, path } }
        : { exec: { command: ['wget', '-q', '-O', '-', `http://${host}:8080${path}`] } };
    const told = pod('hooked', {
      terminationGracePeriodSeconds: 30,
      containers: [container({ lifecycle: { [hook]: handler } })],
    });
    await cluster.apply(namespace, told);
    await ready('hooked');
    const requests = () => output('exec', 'listener', '--', 'cat', '/tmp/requests');
    if (hook === 'preStop') {
      expect(await requests()).not.toContain(path);
      await output('delete', 'pod', 'hooked');
    }
    expect(await requests()).toContain(`GET ${path} HTTP/1.1`);
  }

  /** Counts what is posted to /write, by its body, and tells the counts at /read. */
  const COUNTER = `
const received = {};
require('node:http').createServer(async (request, response) => {
  if (request.url === '/write') {
    let text = '';
    for await (const part of request) text += part;
    received[text] = (received[text] ?? 0) + 1;
  }
  response.end(JSON.stringify(received));
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

  it.concurrent('[sig-node] PreStop should call prestop when killing a pod [Conformance]', async () => {
    const readinessProbe = { httpGet: { port: 8080 }, periodSeconds: 1 };
    const server = nodePod('server', COUNTER, { container: { readinessProbe } });
    const { namespace, field, kubectl, output, ready } = await given(server);
    await ready('server');
    const url = `http://${await field('server', '.status.podIP')}:8080/write`;
    const command = ['wget', '-q', '-O', '-', '--post-data=prestop', url];
    const lifecycle = { preStop: { exec: { command } } };
    const tester = pod('tester', {
      terminationGracePeriodSeconds: 30,
      containers: [container({ lifecycle })],
    });
    await cluster.apply(namespace, tester);
    await ready('tester');
    const read = ['get', '--raw', `/api/v1/namespaces/${namespace}/pods/server:8080/proxy/read`];
    expect(JSON.parse(await output(...read))).toEqual({});
    await output('delete', 'pod', 'tester');
    expect((await kubectl('get', 'pod', 'tester')).stderr).toContain('NotFound');
    expect(JSON.parse(await output(...read))).toEqual({ prestop: 1 });
  });

  it.concurrent('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute poststart exec hook properly [Conformance] [NodeConformance]', () =>
    toldBy('postStart', 'exec'));

  it.concurrent('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute poststart http hook properly [Conformance] [NodeConformance]', () =>
    toldBy('postStart', 'http'));

  it.concurrent('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute prestop exec hook properly [Conformance] [NodeConformance]', () =>
    toldBy('preStop', 'exec'));

  it.concurrent('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute prestop http hook properly [Conformance] [NodeConformance]', () =>
    toldBy('preStop', 'http'));

  const ephemeral = (name: string): object => ({
    name,
    image: IMAGE,
    command: ['/bin/sh', '-c', WAIT],
    stdin: true,
    tty: true,
  });
  const running = (name: string): string =>
    `.status.ephemeralContainerStatuses[?(@.name=="${name}")].state.running.startedAt`;

  it.concurrent('[sig-node] Ephemeral Containers will start an ephemeral container in an existing pod [Conformance] [NodeConformance]', async () => {
    const { field, output, ready } = await given(pod('subject'));
    await ready('subject');
    const change = { spec: { ephemeralContainers: [ephemeral('debugger')] } };
    await output(...patch('subject', change, '--subresource=ephemeralcontainers'));
    await until('it runs', async () => (await field('subject', running('debugger'))) !== '');
    const hello = ['exec', 'subject', '-c', 'debugger', '--', 'echo', 'marco'];
    expect(await output(...hello)).toBe('marco\n');
  });

  it.concurrent('[sig-node] Ephemeral Containers should update the ephemeral containers in an existing pod [Conformance] [NodeConformance]', async () => {
    const { field, output, ready } = await given(pod('subject'));
    await ready('subject');
    for (const name of ['one', 'two']) {
      const change = { spec: { ephemeralContainers: [ephemeral(name)] } };
      await output(...patch('subject', change, '--subresource=ephemeralcontainers'));
      await until(`${name} runs`, async () => (await field('subject', running(name))) !== '');
    }
    const names = (await field('subject', '.spec.ephemeralContainers[*].name')).split(' ');
    expect(names.sort()).toEqual(['one', 'two']);
  });

  const inits = (script: string, more: object): Record<string, unknown> =>
    pod('subject', {
      initContainers: [
        container({ name: 'init1', script }),
        container({ name: 'init2', script: 'true' }),
      ],
      ...more,
    });
  const initialized = '.status.conditions[?(@.type=="Initialized")].status';
  const codes = '.status.initContainerStatuses[*].state.terminated.exitCode';

  it.concurrent('[sig-node] InitContainer should invoke init containers on a RestartNever pod [Conformance] [NodeConformance]', async () => {
    const { field, phase } = await given(
      inits('true', { restartPolicy: 'Never', containers: [container({ script: 'true' })] }),
    );
    await phase('subject', 'Succeeded');
    expect(await field('subject', initialized)).toBe('True');
    expect(await field('subject', codes)).toBe('0 0');
  });

  it.concurrent('[sig-node] InitContainer should invoke init containers on a RestartAlways pod [Conformance] [NodeConformance]', async () => {
    const { field, phase } = await given(inits('true', {}));
    await phase('subject', 'Running');
    expect(await field('subject', initialized)).toBe('True');
    expect(await field('subject', codes)).toBe('0 0');
    expect(await field('subject', '.status.initContainerStatuses[*].ready')).toBe('true true');
  });

  it.concurrent('[sig-node] InitContainer should not start app containers if init containers fail on a RestartAlways pod [Conformance] [NodeConformance]', async () => {
    const { field } = await given(inits('false', {}));
    await until(
      'the first has failed twice',
      async () =>
        Number(await field('subject', '.status.initContainerStatuses[0].restartCount')) >= 2,
    );
    expect(await field('subject', '.status.phase')).toBe('Pending');
    expect(await field('subject', initialized)).toBe('False');
    expect(await field('subject', '.status.conditions[?(@.type=="Initialized")].message')).toBe(
      'containers with incomplete status: [init1 init2]',
    );
    const waiting = '.state.waiting.reason';
    expect(await field('subject', `.status.initContainerStatuses[1]${waiting}`)).toBe(
      'PodInitializing',
    );
    expect(await field('subject', `.status.containerStatuses[0]${waiting}`)).toBe(
      'PodInitializing',
    );
  });

  it.concurrent('[sig-node] InitContainer should not start app containers and fail the pod if init containers fail on a RestartNever pod [Conformance] [NodeConformance]', async () => {
    const { field, phase } = await given(
      pod('subject', {
        restartPolicy: 'Never',
        initContainers: [
          container({ name: 'init1', script: 'true' }),
          container({ name: 'init2', script: 'false' }),
        ],
      }),
    );
    await phase('subject', 'Failed');
    expect(await field('subject', initialized)).toBe('False');
    expect(await field('subject', codes)).toBe('0 1');
    expect(await field('subject', '.status.containerStatuses[0].state.waiting.reason')).toBe(
      'PodInitializing',
    );
  });

  it.concurrent('[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should be possible to delete [Conformance] [NodeConformance]', async () => {
    const { field, output } = await given(
      pod('subject', { containers: [container({ script: 'false' })] }),
    );
    await until('it has failed', async () => {
      const reason = '.status.containerStatuses[0].lastState.terminated.reason';
      return (await field('subject', reason)) === 'Error';
    });
    await output('delete', 'pod', 'subject', '--timeout=30s');
  });

  it.concurrent('[sig-node] Pods should allow activeDeadlineSeconds to be updated [Conformance] [NodeConformance]', async () => {
    const { field, output, phase, ready } = await given(pod('subject'));
    await ready('subject');
    await output(...patch('subject', { spec: { activeDeadlineSeconds: 5 } }));
    await phase('subject', 'Failed');
    expect(await field('subject', '.status.reason')).toBe('DeadlineExceeded');
  });

  it.concurrent('[sig-node] Pods should be submitted and removed [Conformance] [NodeConformance]', async () => {
    const { namespace, output, ready } = await given();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { metadata } = await cluster.client.json<{ metadata: { resourceVersion: string } }>(
      'GET',
      path,
    );
    const { saw, stop } = watching(path, metadata.resourceVersion);
    // Is seen while it goes: it takes its time.
    const slowly = container({ script: WAIT.replace('exit 0', 'sleep 5; exit 0') });
    const subject = pod('subject', { terminationGracePeriodSeconds: 30, containers: [slowly] });
    await cluster.apply(namespace, subject);
    await saw('ADDED');
    await ready('subject');
    await output('delete', 'pod', 'subject', '--wait=false');
    const going = await output(
      'get',
      'pods',
      '-o',
      'jsonpath={.items[*].metadata.deletionTimestamp}',
    );
    expect(going).not.toBe('');
    await saw('DELETED');
    await stop();
    expect(await output('get', 'pods', '-o', 'name')).toBe('');
  });

  it.concurrent('[sig-node] Pods should be updated [Conformance] [NodeConformance]', async () => {
    const { output, ready } = await given(pod('subject', {}, { labels: { time: 'one' } }));
    await ready('subject');
    await output('label', 'pod', 'subject', 'time=two', '--overwrite');
    expect(await output('get', 'pods', '-l', 'time=two', '-o', 'name')).toBe('pod/subject\n');
    expect(await output('get', 'pods', '-l', 'time=one', '-o', 'name')).toBe('');
  });

  it.concurrent('[sig-node] Pods should delete a collection of pods [Conformance]', async () => {
    const names = ['one', 'two', 'three'];
    const { namespace, output, ready } = await given(
      ...names.map((name) => pod(name, {}, { labels: { type: 'Testing' } })),
      pod('other'),
    );
    for (const name of names) await ready(name);
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=type%3DTesting`;
    await cluster.client.json('DELETE', path, { gracePeriodSeconds: 1 });
    await until(
      'the three are gone',
      async () => (await output('get', 'pods', '-o', 'name')) === 'pod/other\n',
    );
  });

  it.concurrent('[sig-node] Pods should get a host IP [Conformance] [NodeConformance]', async () => {
    const { field, ready } = await given(pod('subject'));
    await ready('subject');
    expect(await field('subject', '.status.hostIP')).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(await field('subject', '.status.hostIPs[0].ip')).toBe(
      await field('subject', '.status.hostIP'),
    );
  });

  it.concurrent('[sig-node] Pods should patch a pod status [Conformance]', async () => {
    const { field, output, ready } = await given(pod('subject'));
    await ready('subject');
    const type = 'example.com/status-updated';
    const change = { status: { conditions: [{ type, status: 'True' }] } };
    await output(...patch('subject', change, '--subresource=status'));
    const status = `.status.conditions[?(@.type=="${type}")].status`;
    expect(await field('subject', status)).toBe('True');
    // What the node reports from then on leaves it alone.
    await output('label', 'pod', 'subject', 'changed=yes');
    await output(...patch('subject', { spec: { activeDeadlineSeconds: 1000 } }));
    await until(
      'the node has seen the change',
      async () => (await field('subject', '.status.observedGeneration')) === '2',
    );
    expect(await field('subject', status)).toBe('True');
  });

  it.concurrent('[sig-node] Pods should run through the lifecycle of Pods and PodStatus [Conformance]', async () => {
    const { field, namespace, output, ready } = await given();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { saw, stop } = watching(path, '0');
    await cluster.apply(namespace, pod('subject', {}, { labels: { test: 'static' } }));
    await saw('ADDED');
    await ready('subject');
    const change = {
      metadata: { labels: { test: 'patched' } },
      spec: { containers: [{ name: 'main', image: OTHER_IMAGE }] },
    };
    await output(...patch('subject', change));
    await until(
      'the image is the other',
      async () => (await field('subject', '.status.containerStatuses[0].image')) === OTHER_IMAGE,
    );
    await ready('subject');
    const current = await cluster.client.json<{
      status: { conditions: { type: string; status: string; message?: string }[] };
    }>('GET', `${path}/subject`);
    const type = 'example.com/replaced';
    current.status.conditions.push({ type, status: 'False', message: 'replaced' });
    await cluster.client.json('PUT', `${path}/subject/status`, current);
    expect(await field('subject', `.status.conditions[?(@.type=="${type}")].message`)).toBe(
      'replaced',
    );
    await cluster.client.json('DELETE', `${path}?labelSelector=test%3Dpatched`);
    await saw('DELETED');
    await stop();
  });

  it.concurrent('[sig-node] Pods Extended (pod generation) Pod Generation pod generation should start at 1 and increment per update [MinimumKubeletVersion:1.34] [Conformance]', async () => {
    const { field, output, ready } = await given(pod('subject'));
    await ready('subject');
    const generation = () => field('subject', '.metadata.generation');
    const observed = (wanted: string) =>
      until(
        `generation ${wanted} is observed`,
        async () => (await field('subject', '.status.observedGeneration')) === wanted,
      );
    expect(await generation()).toBe('1');
    await observed('1');
    await output(...patch('subject', { spec: { activeDeadlineSeconds: 5000 } }));
    expect(await generation()).toBe('2');
    await observed('2');
    const image = { spec: { containers: [{ name: 'main', image: OTHER_IMAGE }] } };
    await output(...patch('subject', image));
    expect(await generation()).toBe('3');
    await observed('3');
    const value = { key: 'k', operator: 'Exists', effect: 'NoSchedule' };
    const addition = [{ op: 'add', path: '/spec/tolerations/-', value }];
    await output(...patch('subject', addition, '--type=json'));
    expect(await generation()).toBe('4');
    await output('label', 'pod', 'subject', 'a=b');
    await output('annotate', 'pod', 'subject', 'a=b');
    expect(await generation()).toBe('4');
    await observed('4');
    const condition = '.status.conditions[?(@.type=="Ready")].observedGeneration';
    expect(await field('subject', condition)).toBe('4');
  });

  it.concurrent('[sig-node] Pods Extended (pod generation) Pod Generation custom-set generation on new pods and graceful delete [Conformance]', async () => {
    const { field, output, ready } = await given(pod('subject', {}, { generation: 100 }));
    await ready('subject');
    expect(await field('subject', '.metadata.generation')).toBe('1');
    const grace = '--grace-period=30';
    await output(...patch('subject', { metadata: { finalizers: ['example.com/keep'] } }));
    await output('delete', 'pod', 'subject', '--wait=false', grace);
    expect(await field('subject', '.metadata.generation')).toBe('2');
    await output(...patch('subject', { metadata: { finalizers: null } }, '--type=merge'));
  });

  it.concurrent('[sig-node] Pods Extended (pod generation) Pod Generation issue 500 podspec updates and verify generation and observedGeneration eventually converge [MinimumKubeletVersion:1.34] [Conformance]', async () => {
    const { field, namespace, ready } = await given(pod('subject'));
    await ready('subject');
    const path = `/api/v1/namespaces/${namespace}/pods/subject`;
    for (let update = 0; update < 499; update++) {
      const change = { spec: { activeDeadlineSeconds: 100_000 - update } };
      const type = 'application/merge-patch+json';
      expect(await cluster.client.request('PATCH', path, change, type)).toMatchObject({
        status: 200,
      });
    }
    expect(await field('subject', '.metadata.generation')).toBe('500');
    await until(
      'all is observed',
      async () => (await field('subject', '.status.observedGeneration')) === '500',
    );
  });
});
