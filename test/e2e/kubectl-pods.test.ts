import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { IMAGE } from './harness/image.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';

/** Rows of test/conformance/rows.tsv that are about kubectl and pods that run. */
describeWithKubectl('conformance of kubectl on pods that run', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('kubectl-pods');
  });
  afterAll(() => cluster?.stop());

  const labels = { app: 'demo' };

  function replicationController(replicas: number): object {
    return {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'demo', labels },
      spec: {
        replicas,
        selector: labels,
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [container({ ports: [{ containerPort: 6379 }] })],
          },
        },
      },
    };
  }

  async function given(...manifests: object[]) {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    for (const manifest of manifests) await cluster.apply(namespace, manifest);
    /** Names of the pods that run, once there are so many and no others. */
    const running = (count: number) =>
      until(`${count} pods run`, async () => {
        const template = '{range .items[*]}{.metadata.name} {.status.phase}{"\\n"}{end}';
        const text = await kubectl('get', 'pods', '-l', 'app=demo', '-o', `jsonpath=${template}`);
        const lines = text.split('\n').filter(Boolean);
        const isDone = lines.length === count && lines.every((line) => line.endsWith(' Running'));
        return isDone && lines.map((line) => line.split(' ')[0] ?? '');
      });
    return { namespace, kubectl, running };
  }

  it.concurrent('[sig-cli] Kubectl client Kubectl describe should check if kubectl describe prints relevant information for rc and pods [Conformance]', async () => {
    const { namespace, kubectl, running } = await given(replicationController(1));
    const [name = ''] = await running(1);
    await kubectl('expose', 'rc', 'demo', '--name=demo', '--port=6379');
    const wanted: [string[], string[]][] = [
      [
        ['pod', name],
        ['Name:', 'Namespace:', 'Node:', 'Labels:', 'Status:', 'IP:', 'Controlled By:', 'Image:'],
      ],
      [
        ['rc', 'demo'],
        ['Name:', 'Selector:', 'Replicas:', 'Pods Status:', 'Pod Template:', 'SuccessfulCreate'],
      ],
      [
        ['service', 'demo'],
        ['Name:', 'Labels:', 'Selector:', 'Type:', 'IP:', 'Port:', 'Endpoints:'],
      ],
      [
        ['node', cluster.nodeName],
        ['Name:', 'Labels:', 'CreationTimestamp', 'Conditions', 'Addresses', 'Capacity', 'Version'],
      ],
      [
        ['namespace', namespace],
        ['Name:', 'Labels:', 'Status:', 'Active'],
      ],
    ];
    for (const [args, fields] of wanted) {
      const text = await kubectl('describe', ...args);
      for (const field of fields) expect(text).toContain(field);
    }
  });

  it.concurrent('[sig-cli] Kubectl client Kubectl expose should create services for rc [Conformance]', async () => {
    const { kubectl, running } = await given(replicationController(1));
    await running(1);
    const address = await kubectl('get', 'pods', '-o', 'jsonpath={.items[0].status.podIP}');
    await kubectl('expose', 'rc', 'demo', '--name=rm2', '--port=1234', '--target-port=6379');
    await kubectl('expose', 'service', 'rm2', '--name=rm3', '--port=2345', '--target-port=6379');
    for (const [name, port] of [
      ['rm2', 1_234],
      ['rm3', 2_345],
    ] as const) {
      const ports = await kubectl('get', 'service', name, '-o', 'jsonpath={.spec.ports[0]}');
      expect(JSON.parse(ports)).toMatchObject({ port, targetPort: 6_379 });
      const path = 'jsonpath={.subsets[0].addresses[0].ip}:{.subsets[0].ports[0].port}';
      await until(`${name} has the pod`, async () => {
        const endpoints = await kubectl('get', 'endpoints', name, '-o', path);
        return endpoints === `${address}:6379`;
      });
    }
  });

  it.concurrent('[sig-cli] Kubectl client Kubectl label should update the label on a resource [Conformance]', async () => {
    const { kubectl } = await given(pod('pause'));
    await kubectl('wait', '--for=condition=Ready', 'pod/pause', '--timeout=60s');
    await kubectl('label', 'pods', 'pause', 'testing-label=testing-label-value');
    expect(await kubectl('get', 'pod', 'pause', '-L', 'testing-label')).toContain(
      'testing-label-value',
    );
    await kubectl('label', 'pods', 'pause', 'testing-label-');
    expect(await kubectl('get', 'pod', 'pause', '-L', 'testing-label')).not.toContain(
      'testing-label-value',
    );
  });

  it.concurrent('[sig-cli] Kubectl client Kubectl patch should add annotations for pods in rc [Conformance]', async () => {
    const { kubectl, running } = await given(replicationController(2));
    const names = await running(2);
    const patch = JSON.stringify({ metadata: { annotations: { x: 'y' } } });
    for (const name of names) await kubectl('patch', 'pod', name, '-p', patch);
    const all = await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].metadata.annotations.x}');
    expect(all).toBe('y y');
  });

  it.concurrent("[sig-cli] Kubectl client Kubectl replace should update a single-container pod's image [Conformance]", async () => {
    const { namespace, kubectl } = await given();
    await kubectl('run', 'e2e-test-pod', `--image=${IMAGE}`, '--labels=run=e2e-test-pod');
    await kubectl('wait', '--for=condition=Ready', 'pod/e2e-test-pod', '--timeout=60s');
    const json = await kubectl('get', 'pod', 'e2e-test-pod', '-o', 'json');
    const input = json.replaceAll(`"image": "${IMAGE}"`, '"image": "example/other:1"');
    expect(input).not.toBe(json);
    await cluster.kubectlOutput(['-n', namespace, 'replace', '-f', '-'], { input });
    const image = 'jsonpath={.spec.containers[0].image}';
    expect(await kubectl('get', 'pod', 'e2e-test-pod', '-o', image)).toBe('example/other:1');
  });

  it.concurrent('[sig-cli] Kubectl client Update Demo should create and stop a replication controller [Conformance]', async () => {
    const { kubectl, running } = await given(replicationController(2));
    await running(2);
    await kubectl('delete', 'rc', 'demo', '--grace-period=0', '--force');
    expect(await kubectl('get', 'rc', '-l', 'app=demo', '-o', 'name')).toBe('');
    await running(0);
  });

  it.concurrent('[sig-cli] Kubectl client Update Demo should scale a replication controller [Conformance]', async () => {
    const { kubectl, running } = await given(replicationController(2));
    await running(2);
    await kubectl('scale', 'rc', 'demo', '--replicas=1', '--timeout=60s');
    await running(1);
    await kubectl('scale', 'rc', 'demo', '--replicas=2', '--timeout=60s');
    await running(2);
  });

  it.concurrent('[sig-cli] Kubectl logs logs should be able to retrieve and filter logs [Conformance]', async () => {
    const script = 'for i in 1 2 3 4 5; do echo "line $i of the log"; done; sleep 1000';
    const { kubectl } = await given(pod('generator', { containers: [container({ script })] }));
    const logs = (...args: string[]) => kubectl('logs', 'generator', 'main', ...args);
    await until('all lines are there', async () => (await logs()).includes('line 5'));
    expect(await logs('--tail=1')).toBe('line 5 of the log\n');
    expect(await logs('--limit-bytes=1')).toBe('l');
    const stamped = await logs('--tail=1', '--timestamps');
    const [time = '', ...words] = stamped.trimEnd().split(' ');
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect(words.join(' ')).toBe('line 5 of the log');
    const recent = (await logs('--since=24h')).split('\n');
    expect(recent).toContain('line 1 of the log');
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect(await logs(`--since-time=${future}`)).toBe('');
  });

  it.concurrent('[sig-api-machinery] Namespaces should ensure that all pods are removed when a namespace is deleted [Conformance] [Serial]', async () => {
    const { namespace, kubectl } = await given(pod('left'));
    await kubectl('wait', '--for=condition=Ready', 'pod/left', '--timeout=60s');
    await kubectl('delete', 'namespace', namespace, '--timeout=60s');
    await kubectl('create', 'namespace', namespace);
    expect(await kubectl('get', 'pods', '-o', 'name')).toBe('');
    const left = (await cluster.containers()).filter((found) => found.namespace === namespace);
    expect(left).toEqual([]);
  });
});
