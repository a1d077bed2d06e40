import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, statusOf } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { configMap, freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';

const DEFAULT = '/api/v1/namespaces/default';
const APPS = '/apis/apps/v1/namespaces/default';
const QUOTAS = `${DEFAULT}/resourcequotas`;
const PODS = `${DEFAULT}/pods`;

type Amounts = Record<string, string>;
interface Quota extends KubernetesObject {
  spec: { hard: Amounts };
  status?: { hard?: Amounts; used?: Amounts };
}

/** Sees what quotas say is used, as a watch tells it. */
class QuotaStatus {
  readonly #watch: APIWatch;
  readonly #last = new Map<string, string>();

  constructor(watch: APIWatch) {
    this.#watch = watch;
  }

  static async of(cluster: string): Promise<QuotaStatus> {
    return new QuotaStatus(await APIWatch.open(cluster, `${QUOTAS}?watch=1`));
  }

  /** Resolves once `status.used` of a quota has these amounts. */
  async says(name: string, used: Amounts): Promise<void> {
    const wanted = Object.entries(used);
    const isSo = (text: string) => {
      const { status = {} } = JSON.parse(text) as Quota;
      return wanted.every(([resource, amount]) => status.used?.[resource] === amount);
    };
    while (!isSo(this.#last.get(name) ?? '{}')) {
      const frame = await this.#watch.next();
      if (frame === null) throw new Error(`the watch ended: ${this.#last.get(name)}`);
      this.#last.set(frame.object.metadata.name ?? '', JSON.stringify(frame.object));
    }
  }

  close(): Promise<void> {
    return this.#watch.close();
  }
}

const quota = (name: string, hard: Amounts, spec: object = {}) => ({
  metadata: { name },
  spec: { hard, ...spec },
});

/** The amounts of a pod's only container. */
const pod = (name: string, requests: Amounts, spec: object = {}, limits: Amounts = {}) => ({
  metadata: { name },
  spec: {
    containers: [{ name: 'c', image: 'i', resources: { requests, limits } }],
    ...spec,
  },
});

async function remove(cluster: string, path: string): Promise<void> {
  const response = await call(cluster, 'DELETE', `${path}?gracePeriodSeconds=0`);
  expect(response.status).toBe(200);
  await response.body?.cancel();
}

const refusal = async (cluster: string, method: string, path: string, body: object) =>
  statusOf(await call(cluster, method, path, { body }));

/** What counts one when it is created, and nothing when it is deleted. */
async function captureLife(
  hard: string,
  collection: string,
  object: KubernetesObject,
): Promise<void> {
  const cluster = freshCluster();
  const status = await QuotaStatus.of(cluster);
  await createAt(cluster, QUOTAS, quota('q', { [hard]: '10', resourcequotas: '1' }));
  const count = async () => (await get<Quota>(cluster, `${QUOTAS}/q`)).status?.used?.[hard] ?? '';
  await status.says('q', { resourcequotas: '1' });
  const before = Number(await count());
  await createAt(cluster, collection, object);
  await status.says('q', { [hard]: String(before + 1) });
  await remove(cluster, `${collection}/${object.metadata.name}`);
  await status.says('q', { [hard]: String(before) });
  await status.close();
}

const template = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};

describe('ResourceQuota', () => {
  it('[sig-api-machinery] ResourceQuota should create a ResourceQuota and ensure its status is promptly calculated. [Conformance]', async () => {
    const cluster = freshCluster();
    const status = await QuotaStatus.of(cluster);
    const hard = { resourcequotas: '1', pods: '5', cpu: '1', 'count/replicasets.apps': '5' };
    await createAt(cluster, QUOTAS, quota('q', hard));
    await status.says('q', {
      resourcequotas: '1',
      pods: '0',
      cpu: '0',
      'count/replicasets.apps': '0',
    });
    expect((await get<Quota>(cluster, `${QUOTAS}/q`)).status?.hard).toEqual(hard);
    await status.close();
  });

  it('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a configMap. [Conformance]', () =>
    captureLife('configmaps', `${DEFAULT}/configmaps`, configMap('a')));

  it('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a secret. [Conformance]', () =>
    captureLife('secrets', `${DEFAULT}/secrets`, { metadata: { name: 'a' } }));

  it('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replica set. [Conformance]', () =>
    captureLife('count/replicasets.apps', `${APPS}/replicasets`, {
      metadata: { name: 'a' },
      spec: { replicas: 0, selector: { matchLabels: { app: 'a' } }, template },
    }));

  it('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replication controller. [Conformance]', () =>
    captureLife('replicationcontrollers', `${DEFAULT}/replicationcontrollers`, {
      metadata: { name: 'a' },
      spec: { replicas: 0, selector: { app: 'a' }, template },
    }));

  it('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a service. [Conformance]', async () => {
    const cluster = freshCluster();
    const status = await QuotaStatus.of(cluster);
    const services = `${DEFAULT}/services`;
    const service = (name: string, type: string, spec: object = {}) => ({
      metadata: { name },
      spec: { type, ports: [{ port: 80 }], ...spec },
    });
    const loadBalancer = service('lb', 'LoadBalancer', { allocateLoadBalancerNodePorts: false });
    await createAt(
      cluster,
      QUOTAS,
      quota('q', { services: '10', 'services.nodeports': '1', 'services.loadbalancers': '1' }),
    );
    const used = (all: number, nodePorts: number, loadBalancers: number) =>
      status.says('q', {
        services: String(all),
        'services.nodeports': String(nodePorts),
        'services.loadbalancers': String(loadBalancers),
      });
    await used(0, 0, 0);
    await createAt(cluster, services, service('a', 'ClusterIP'));
    await createAt(cluster, services, service('np', 'NodePort'));
    expect(await refusal(cluster, 'POST', services, service('lb', 'LoadBalancer'))).toMatchObject({
      code: 403,
      message:
        'services "lb" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    });
    await createAt(cluster, services, loadBalancer);
    await used(3, 1, 1);
    for (const name of ['a', 'np', 'lb']) await remove(cluster, `${services}/${name}`);
    await used(0, 0, 0);
    await status.close();
  });

  it('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a pod. [Conformance]', async () => {
    const cluster = freshCluster();
    const status = await QuotaStatus.of(cluster);
    const GPU = 'example.com/gpu';
    await createAt(
      cluster,
      QUOTAS,
      quota('q', {
        pods: '5',
        cpu: '1',
        memory: '500Mi',
        'ephemeral-storage': '50Gi',
        [`requests.${GPU}`]: '3',
      }),
    );
    const none = { pods: '0', cpu: '0', memory: '0', 'ephemeral-storage': '0' };
    await status.says('q', none);
    const requests = { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', [GPU]: '2' };
    const made = await createAt<KubernetesObject>(
      cluster,
      PODS,
      pod('a', requests, {}, { [GPU]: '2' }),
    );
    const one = {
      pods: '1',
      cpu: '500m',
      memory: '252Mi',
      'ephemeral-storage': '30Gi',
      [`requests.${GPU}`]: '2',
    };
    await status.says('q', one);
    const more = { cpu: '600m', memory: '100Mi', 'ephemeral-storage': '10Gi' };
    expect(await refusal(cluster, 'POST', PODS, pod('b', more))).toMatchObject({
      code: 403,
      message:
        'pods "b" is forbidden: exceeded quota: q, requested: cpu=600m, used: cpu=500m, limited: cpu=1',
    });
    const gpus = pod('b', { ...more, cpu: '1m', [GPU]: '2' }, {}, { [GPU]: '2' });
    expect((await refusal(cluster, 'POST', PODS, gpus)).message).toContain(`requests.${GPU}=2`);
    const { spec } = pod('a', { ...requests, memory: '100Mi' }, {}, { [GPU]: '2' });
    // The scheduler has written to the pod since: whatever its version.
    expect(
      await refusal(cluster, 'PUT', `${PODS}/a`, {
        ...made,
        metadata: { ...made.metadata, resourceVersion: '' },
        spec: { ...(made['spec'] as object), containers: spec.containers },
      }),
    ).toMatchObject({ code: 422 });
    await status.says('q', one);
    await remove(cluster, `${PODS}/a`);
    await status.says('q', { ...none, [`requests.${GPU}`]: '0' });
    await status.close();
  });

  it('[sig-api-machinery] ResourceQuota should verify ResourceQuota with best effort scope. [Conformance]', async () => {
    const cluster = freshCluster();
    const status = await QuotaStatus.of(cluster);
    const scopes = [
      ['best', 'BestEffort'],
      ['other', 'NotBestEffort'],
    ] as const;
    for (const [name, scope] of scopes) {
      await createAt(cluster, QUOTAS, quota(name, { pods: '5' }, { scopes: [scope] }));
    }
    const used = async (best: string, other: string) => {
      await status.says('best', { pods: best });
      await status.says('other', { pods: other });
    };
    await used('0', '0');
    await createAt(cluster, PODS, pod('a', {}));
    await used('1', '0');
    await remove(cluster, `${PODS}/a`);
    await used('0', '0');
    await createAt(cluster, PODS, pod('b', { cpu: '1m' }, {}, { cpu: '2m' }));
    await used('0', '1');
    await remove(cluster, `${PODS}/b`);
    await used('0', '0');
    await status.close();
  });

  it('[sig-api-machinery] ResourceQuota should verify ResourceQuota with terminating scopes. [Conformance]', async () => {
    const cluster = freshCluster();
    const status = await QuotaStatus.of(cluster);
    const hard = { pods: '5', 'requests.cpu': '1', 'limits.cpu': '2' };
    for (const scope of ['Terminating', 'NotTerminating']) {
      await createAt(cluster, QUOTAS, quota(scope.toLowerCase(), hard, { scopes: [scope] }));
    }
    const none = { pods: '0', 'requests.cpu': '0', 'limits.cpu': '0' };
    const one = { pods: '1', 'requests.cpu': '500m', 'limits.cpu': '1' };
    const used = async (terminating: Amounts, notTerminating: Amounts) => {
      await status.says('terminating', terminating);
      await status.says('notterminating', notTerminating);
    };
    await used(none, none);
    for (const [name, spec, wanted] of [
      ['long', {}, [none, one]],
      ['short', { activeDeadlineSeconds: 3_600 }, [one, none]],
    ] as const) {
      await createAt(cluster, PODS, pod(name, { cpu: '500m' }, spec, { cpu: '1' }));
      await used(wanted[0], wanted[1]);
      await remove(cluster, `${PODS}/${name}`);
      await used(none, none);
    }
    await status.close();
  });

  it('[sig-api-machinery] ResourceQuota should apply changes to a resourcequota status [Conformance]', async () => {
    const cluster = freshCluster();
    const status = await QuotaStatus.of(cluster);
    const hard = { cpu: '500m', memory: '500Mi' };
    const path = `${QUOTAS}/q`;
    await createAt(cluster, QUOTAS, quota('q', hard));
    await status.says('q', { cpu: '0', memory: '0' });
    expect((await get<Quota>(cluster, `${path}/status`)).status?.hard).toEqual(hard);
    const raised = { cpu: '1', memory: '1Gi' };
    const current = await get<Quota>(cluster, path);
    await put(cluster, path, { ...current, spec: { hard: raised } });
    const watch = await APIWatch.open(cluster, `${QUOTAS}?watch=1`);
    const follows = async (): Promise<Quota> => {
      for (;;) {
        const frame = await watch.next();
        if (frame === null) throw new Error('the watch ended');
        const seen = frame.object as Quota;
        if (JSON.stringify(seen.status?.hard) === JSON.stringify(raised)) return seen;
      }
    };
    const followed = await follows();
    const other = { cpu: '100m', memory: '100Mi' };
    const patched = (await merge(cluster, `${path}/status`, { status: { hard: other } })) as Quota;
    expect(patched.status?.hard).toEqual(other);
    expect(patched.spec).toEqual(followed.spec);
    const latest = await get<Quota>(cluster, path);
    const updated = (await put(cluster, `${path}/status`, {
      ...latest,
      spec: { hard: other },
      status: { ...latest.status, hard: raised },
    })) as Quota;
    expect(updated).toMatchObject({ spec: { hard: raised }, status: { hard: raised } });
    await watch.close();
    await status.close();
  });
});

it('[sig-apps] ReplicationController should surface a failure condition on a common issue like exceeded quota [Conformance]', async () => {
  interface Controller extends KubernetesObject {
    status: { replicas: number; conditions?: { type: string; reason: string; message: string }[] };
  }
  const cluster = freshCluster();
  const controllers = `${DEFAULT}/replicationcontrollers`;
  await createAt(cluster, QUOTAS, quota('two', { pods: '2' }));
  const watch = await APIWatch.open(cluster, `${controllers}?watch=1`);
  const until = async (isIt: (status: Controller['status']) => boolean) => {
    for (;;) {
      const frame = await watch.next();
      if (frame === null) throw new Error('the watch ended');
      const { status } = frame.object as Controller;
      if (isIt(status)) return status;
    }
  };
  await createAt(cluster, controllers, {
    metadata: { name: 'rc' },
    spec: { replicas: 3, selector: { app: 'a' }, template },
  });
  const failed = await until(({ conditions = [] }) => conditions.length > 0);
  expect(failed.conditions).toMatchObject([
    {
      type: 'ReplicaFailure',
      reason: 'FailedCreate',
      message: expect.stringContaining('exceeded quota: two') as string,
    },
  ]);
  await merge(cluster, `${controllers}/rc`, { spec: { replicas: 2 } });
  const well = await until(({ conditions = [] }) => conditions.length === 0);
  expect(well.replicas).toBe(2);
  await watch.close();
});
