import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { NodeUsage } from '../../../apimachinery/node-usage.ts';
import { AgentLink, enrol } from '../../../test/workerd/agent-link.ts';
import { call, list, mintToken, statusOf } from '../../../test/workerd/api.ts';
import { createAt } from '../../../test/workerd/definitions.ts';
import { freshCluster } from '../../../test/workerd/stores.ts';

const API = '/apis/metrics.k8s.io/v1beta1';
const period = { timestampMs: Date.UTC(2026, 0, 1), windowMs: 15_250 };

/** A node whose agent answers what it is given, as often as it is asked. */
async function newNode(cluster: string, name: string, pods: NodeUsage['pods']): Promise<void> {
  await enrol(cluster, name);
  const link = await AgentLink.greet(cluster, name, { features: ['usage'] });
  const node = { ...period, cpuNanoCores: 1_500_000_000, memoryBytes: 2 ** 30 };
  const answerAll = async (): Promise<void> => {
    for (;;) {
      const { requestID } = await link.take('sampleUsage');
      link.send({ type: 'usage', requestID, usage: { node, pods } });
    }
  };
  // Ends with the link.
  void answerAll().catch(() => undefined);
}

async function newPod(cluster: string, name: string, nodeName: string): Promise<string> {
  const created = await createAt<KubernetesObject>(cluster, '/api/v1/namespaces/default/pods', {
    metadata: { name, labels: { app: name } },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
  });
  return created.metadata.uid!;
}

const usageOf = (name: string, uid: string): NodeUsage['pods'][number] => ({
  namespace: 'default',
  name,
  uid,
  ...period,
  containers: [
    { name: 'c', cpuNanoCores: 12_345_678, memoryBytes: 20 * 2 ** 20 },
    { name: 'd', cpuNanoCores: 1_000_000, memoryBytes: 4096 },
  ],
});

/** Pods `a` and `b` on node n1, `lost` on a node that nobody hears of. */
async function newWorld() {
  const cluster = freshCluster();
  const pods: NodeUsage['pods'] = [];
  await newNode(cluster, 'n1', pods);
  const uids = {
    a: await newPod(cluster, 'a', 'n1'),
    b: await newPod(cluster, 'b', 'n1'),
    lost: await newPod(cluster, 'lost', 'n2'),
  };
  pods.push(usageOf('a', uids.a), usageOf('b', uids.b));
  // A node can say nothing of pods that are not its own.
  pods.push(usageOf('lost', uids.lost), usageOf('a', 'a former pod of the name'));
  return cluster;
}

const namesOf = async (cluster: string, path: string) =>
  (await list(cluster, path)).items.map(({ metadata }) => metadata.name);

describe('metrics of pods', () => {
  it('METRICS-1: are what their nodes say at the moment, with the labels of the pods', async () => {
    const cluster = await newWorld();
    const pods = await list(cluster, `${API}/namespaces/default/pods`);
    expect(pods.kind).toBe('PodMetricsList');
    expect(pods.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(pods.items[0]).toEqual({
      kind: 'PodMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: {
        name: 'a',
        namespace: 'default',
        labels: { app: 'a' },
        creationTimestamp: expect.stringMatching(/Z$/) as string,
      },
      timestamp: '2026-01-01T00:00:00Z',
      window: '15.25s',
      containers: [
        { name: 'c', usage: { cpu: '12345678n', memory: '20Mi' } },
        { name: 'd', usage: { cpu: '1m', memory: '4Ki' } },
      ],
    });
  });

  it.each([
    { query: '/pods', want: ['a', 'b'] },
    { query: '/pods?labelSelector=app%3Db', want: ['b'] },
    { query: '/namespaces/default/pods?fieldSelector=metadata.name%3Da', want: ['a'] },
    { query: '/namespaces/kube-system/pods', want: [] },
  ])('METRICS-2: of $query are $want', async ({ query, want }) => {
    expect(await namesOf(await newWorld(), `${API}${query}`)).toEqual(want);
  });

  it.each([
    { name: 'absent', want: 'pods "absent" not found' },
    { name: 'lost', want: 'podmetrics.metrics.k8s.io "default/lost" not found' },
  ])('METRICS-3: of $name are not found', async ({ name, want }) => {
    const response = await call(await newWorld(), 'GET', `${API}/namespaces/default/pods/${name}`);
    expect(await statusOf(response)).toMatchObject({ code: 404, message: want });
  });

  it('METRICS-2: are a table for who asks for one', async () => {
    const response = await call(await newWorld(), 'GET', `${API}/namespaces/default/pods/a`, {
      headers: { Accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    });
    const { columnDefinitions, rows } = await response.json<{
      columnDefinitions: { name: string }[];
      rows: { cells: string[] }[];
    }>();
    expect(columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'cpu', 'memory', 'Window']);
    expect(rows[0]!.cells).toEqual(['a', '13345678n', '20484Ki', '15.25s']);
  });

  it('METRICS-4: are for those who may read them', async () => {
    const token = await mintToken({ groups: ['people'] });
    const response = await call(await newWorld(), 'GET', `${API}/namespaces/default/pods`, {
      token,
    });
    expect(await statusOf(response)).toMatchObject({
      code: 403,
      message: expect.stringContaining('pods.metrics.k8s.io is forbidden') as string,
    });
  });
});

describe('metrics of nodes', () => {
  it('METRICS-1: are those of the machines that answer', async () => {
    const cluster = await newWorld();
    await enrol(cluster, 'n2');
    expect(await namesOf(cluster, `${API}/nodes`)).toEqual(['n1']);
    const response = await call(cluster, 'GET', `${API}/nodes/n1`);
    expect(await response.json()).toMatchObject({
      kind: 'NodeMetrics',
      window: '15.25s',
      usage: { cpu: '1500m', memory: '1Gi' },
    });
    expect(await statusOf(await call(cluster, 'GET', `${API}/nodes/n2`))).toMatchObject({
      code: 404,
      message: 'nodemetrics.metrics.k8s.io "n2" not found',
    });
  });

  it('METRICS-5: are in discovery, and are not written', async () => {
    const cluster = freshCluster();
    const response = await call(cluster, 'GET', API);
    const { resources } = await response.json<{ resources: object[] }>();
    const verbs = ['get', 'list'];
    expect(resources).toEqual([
      { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs },
      { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs },
    ]);
    const document = await call(cluster, 'GET', '/openapi/v3/apis/metrics.k8s.io/v1beta1');
    const { paths, components } = await document.json<{
      paths: Record<string, object>;
      components: { schemas: Record<string, { properties: object }> };
    }>();
    expect(Object.keys(paths)).toContain(`${API}/namespaces/{namespace}/pods/{name}`);
    const { properties } = components.schemas['io.k8s.metrics.v1beta1.PodMetrics'] ?? {};
    expect(Object.keys(properties ?? {})).toEqual(
      expect.arrayContaining(['containers', 'timestamp', 'window']),
    );
    expect((await call(cluster, 'DELETE', `${API}/nodes`)).status).toBe(405);
  });
});
