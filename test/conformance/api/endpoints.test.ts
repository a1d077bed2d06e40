import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Endpoints } from '../../../worker/reconcile/endpoints/plan.ts';
import type { Endpoint, EndpointSlice } from '../../../worker/reconcile/endpoint-slice/slice.ts';
import { call } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { merge } from './lifecycle.ts';
import { listWhen, objectWhen } from './waiting.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const ENDPOINTS = '/api/v1/namespaces/default/endpoints';
const PODS = '/api/v1/namespaces/default/pods';
const slicesOf = (service: string): string =>
  `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`;

interface Port {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
}

const service = (name: string, selector: object | null, ports: readonly Port[]) => ({
  metadata: { name },
  spec: { ...(selector === null ? {} : { selector }), ports },
});

const HTTP: Port = { name: 'http', port: 80, targetPort: 80 };

async function remove(cluster: string, path: string): Promise<void> {
  await (await call(cluster, 'DELETE', path)).body?.cancel();
}

/** A pod that runs and is ready, at an address. */
async function runPod(
  cluster: string,
  name: string,
  podIP: string,
  ports: readonly object[],
): Promise<void> {
  await createAt(cluster, PODS, {
    metadata: { name, labels: { app: 'a', [name]: 'yes' } },
    spec: { containers: [{ name: 'c', image: 'i', ports }] },
  });
  await merge(cluster, `${PODS}/${name}/status`, {
    status: {
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
}

const readyAddresses = ({ subsets }: Endpoints): string[] =>
  (subsets ?? []).flatMap(({ addresses }) => addresses ?? []).map(({ ip }) => ip);

const sliceAddresses = (slices: readonly EndpointSlice[]): string[] =>
  slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }: Endpoint) => conditions?.ready === true)
    .flatMap(({ addresses }) => addresses ?? []);

const whenEndpoints = (cluster: string, name: string, holds: (endpoints: Endpoints) => boolean) =>
  objectWhen<Endpoints>(cluster, `${ENDPOINTS}/${name}`, holds);

const whenSlices = (
  cluster: string,
  name: string,
  holds: (slices: readonly EndpointSlice[]) => boolean,
) => listWhen<EndpointSlice>(cluster, slicesOf(name), holds);

async function expectGone(cluster: string, name: string): Promise<void> {
  await listWhen<KubernetesObject>(
    cluster,
    `${ENDPOINTS}?fieldSelector=metadata.name%3D${name}`,
    (items) => items.length === 0,
  );
  await whenSlices(cluster, name, (slices) => slices.length === 0);
}

it('[sig-network] EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, SERVICES, service('one', { one: 'yes' }, [HTTP]));
  const named = { ...HTTP, name: 'named', targetPort: 'web' };
  await createAt(cluster, SERVICES, service('both', { app: 'a' }, [named]));
  await runPod(cluster, 'one', '10.1.0.1', [{ name: 'web', containerPort: 3000 }]);
  await runPod(cluster, 'two', '10.1.0.2', [{ name: 'web', containerPort: 3001 }]);

  const endpoints = await whenEndpoints(
    cluster,
    'one',
    (found) => readyAddresses(found).join() === '10.1.0.1',
  );
  expect(endpoints.subsets?.[0]?.ports).toEqual([{ name: 'http', port: 80, protocol: 'TCP' }]);
  const slices = await whenSlices(
    cluster,
    'one',
    (found) => sliceAddresses(found).join() === '10.1.0.1',
  );
  expect(slices).toMatchObject([
    { addressType: 'IPv4', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  ]);
  // Pods that call different ports by one name are told apart.
  const apart = await whenSlices(
    cluster,
    'both',
    (found) => sliceAddresses(found).toSorted().join() === '10.1.0.1,10.1.0.2',
  );
  expect(new Set(apart.map(({ ports }) => ports?.[0]?.port))).toEqual(new Set([3000, 3001]));
  const both = await whenEndpoints(cluster, 'both', (found) => readyAddresses(found).length === 2);
  expect(both.subsets).toHaveLength(2);

  for (const name of ['one', 'both']) {
    await remove(cluster, `${SERVICES}/${name}`);
    await expectGone(cluster, name);
  }
});

it('[sig-network] EndpointSlice should create and delete EndpointSlices for a Service with a selector that matches no pods [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, SERVICES, service('none', { does: 'not-match' }, [HTTP]));
  const [slice] = await whenSlices(cluster, 'none', (slices) => slices.length === 1);
  expect(slice?.endpoints ?? []).toEqual([]);
  expect(slice?.ports ?? []).toEqual([]);
  expect(slice?.metadata.labels).toMatchObject({
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  });
  await remove(cluster, `${SERVICES}/none`);
  await expectGone(cluster, 'none');
});

it('[sig-network] EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, SERVICES, service('hand', null, [HTTP]));
  const subset = (ip: string, port: number) => ({
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'http', port, protocol: 'TCP' }] }],
  });
  await createAt(cluster, ENDPOINTS, { metadata: { name: 'hand' }, ...subset('10.1.2.3', 80) });
  const [made] = await whenSlices(cluster, 'hand', (slices) => slices.length === 1);
  expect(made).toMatchObject({
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  });
  await merge(cluster, `${ENDPOINTS}/hand`, subset('10.2.3.4', 81));
  const [changed] = await whenSlices(
    cluster,
    'hand',
    (slices) => slices[0]?.ports?.[0]?.port === 81,
  );
  expect(changed?.endpoints).toMatchObject([{ addresses: ['10.2.3.4'] }]);
  await remove(cluster, `${ENDPOINTS}/hand`);
  await whenSlices(cluster, 'hand', (slices) => slices.length === 0);
});

it('[sig-network] EndpointsController should create Endpoints for Pods matching a Service [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, SERVICES, service('web', { app: 'a' }, [HTTP]));
  await runPod(cluster, 'one', '10.1.0.1', []);
  await whenEndpoints(cluster, 'web', (found) => readyAddresses(found).join() === '10.1.0.1');
  await runPod(cluster, 'two', '10.1.0.2', []);
  await whenEndpoints(
    cluster,
    'web',
    (found) => readyAddresses(found).join() === '10.1.0.1,10.1.0.2',
  );
  await remove(cluster, `${PODS}/one`);
  await whenEndpoints(cluster, 'web', (found) => readyAddresses(found).join() === '10.1.0.2');
});

it('[sig-network] EndpointsController should create and delete Endpoints for a Service with a selector that matches no pods [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, SERVICES, service('none', { does: 'not-match' }, [HTTP]));
  const { subsets } = await whenEndpoints(cluster, 'none', () => true);
  expect(subsets ?? []).toEqual([]);
  await remove(cluster, `${SERVICES}/none`);
  await expectGone(cluster, 'none');
});
