import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { AgentLink, enrol } from '../../workerd/agent-link.ts';
import { APIWatch, call, statusOf } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { enforce, repeal } from '../../workerd/policy.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, put } from './lifecycle.ts';

const PODS = '/api/v1/namespaces/default/pods';
const RANGES = '/api/v1/namespaces/default/limitranges';
const CLASSES = '/apis/node.k8s.io/v1/runtimeclasses';

interface Pod extends KubernetesObject {
  spec: {
    overhead?: Record<string, string>;
    nodeName?: string;
    containers: { resources: { requests: object; limits: object } }[];
  };
}

const pod = (name: string, resources: object = {}, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
});
const ofClass = (name: string) => pod('p', {}, { runtimeClassName: name });
const refusal = async (cluster: string, body: object) =>
  statusOf(await call(cluster, 'POST', PODS, { body }));

describe('LimitRange', () => {
  it('[sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied. [Conformance]', async () => {
    const cluster = freshCluster();
    const amounts = (cpu: string, memory: string, storage: string) => ({
      cpu,
      memory,
      'ephemeral-storage': storage,
    });
    const made = await createAt<KubernetesObject>(cluster, RANGES, {
      metadata: { name: 'r' },
      spec: {
        limits: [
          {
            type: 'Container',
            min: amounts('50m', '100Mi', '100Gi'),
            max: amounts('500m', '500Mi', '500Gi'),
            default: amounts('500m', '500Mi', '500Gi'),
            defaultRequest: amounts('100m', '200Mi', '200Gi'),
          },
        ],
      },
    });
    const resources = async (name: string, asked: object = {}) =>
      (await createAt<Pod>(cluster, PODS, pod(name, asked))).spec.containers[0]?.resources;
    expect(await resources('none')).toEqual({
      limits: amounts('500m', '500Mi', '500Gi'),
      requests: amounts('100m', '200Mi', '200Gi'),
    });
    // What has a limit but no request asks for its limit.
    expect(
      await resources('partial', {
        requests: { cpu: '300m', memory: '150Mi' },
        limits: { cpu: '300m', 'ephemeral-storage': '400Gi' },
      }),
    ).toEqual({
      limits: amounts('300m', '500Mi', '400Gi'),
      requests: amounts('300m', '150Mi', '400Gi'),
    });
    expect(await refusal(cluster, pod('less', { requests: { cpu: '10m' } }))).toMatchObject({
      code: 403,
      message:
        'pods "less" is forbidden: minimum cpu usage per Container is 50m, but request is 10m',
    });
    const much = pod('more', { requests: { cpu: '600m' }, limits: { cpu: '600m' } });
    expect((await refusal(cluster, much)).message).toContain(
      'maximum cpu usage per Container is 500m, but limit is 600m',
    );
    const limits = (made['spec'] as { limits: object[] }).limits;
    await put(cluster, `${RANGES}/r`, {
      ...made,
      spec: { limits: [{ ...limits[0], min: amounts('9m', '49Mi', '49Gi') }] },
    });
    await createAt(cluster, PODS, pod('less', { requests: { cpu: '10m' } }));
    expect((await refusal(cluster, much)).code).toBe(403);
    await call(cluster, 'DELETE', `${RANGES}/r`);
    await createAt(cluster, PODS, much);
  });
});

describe('RuntimeClass', () => {
  const NOT_FOUND = (name: string) =>
    `pods "p" is forbidden: pod rejected: RuntimeClass "${name}" not found`;

  /** Waits until the pod has a node, and returns it as it is then. */
  async function scheduled(cluster: string): Promise<Pod> {
    await enrol(cluster, 'n1');
    const link = await AgentLink.greet(cluster, 'n1');
    const watch = await APIWatch.open(cluster, `${PODS}?watch=1`);
    for (;;) {
      const frame = await watch.next();
      if (frame === null) throw new Error('the watch ended');
      const found = frame.object as Pod;
      if (found.spec.nodeName === undefined) continue;
      await watch.close();
      link.close();
      return found;
    }
  }

  it('[sig-node] RuntimeClass should reject a Pod requesting a non-existent RuntimeClass [Conformance] [NodeConformance]', async () => {
    expect(await refusal(freshCluster(), ofClass('none'))).toMatchObject({
      code: 403,
      message: NOT_FOUND('none'),
    });
  });

  it('[sig-node] RuntimeClass should reject a Pod requesting a deleted RuntimeClass [Conformance] [NodeConformance]', async () => {
    const cluster = freshCluster();
    await enforce(cluster, CLASSES, { metadata: { name: 'gone' }, handler: 'h' });
    await repeal(cluster, CLASSES, 'gone');
    expect(await refusal(cluster, ofClass('gone'))).toMatchObject({
      code: 403,
      message: NOT_FOUND('gone'),
    });
  });

  it('[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass without PodOverhead [Conformance] [NodeConformance]', async () => {
    const cluster = freshCluster();
    await enforce(cluster, CLASSES, { metadata: { name: 'plain' }, handler: 'h' });
    await createAt(cluster, PODS, ofClass('plain'));
    expect((await scheduled(cluster)).spec.overhead).toBeUndefined();
  });

  it('[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass and initialize its Overhead [Conformance] [NodeConformance]', async () => {
    const cluster = freshCluster();
    const overhead = { podFixed: { cpu: '10m', memory: '1Mi' } };
    await enforce(cluster, CLASSES, { metadata: { name: 'dear' }, handler: 'h', overhead });
    await createAt(cluster, PODS, ofClass('dear'));
    expect(await get<Pod>(cluster, `${PODS}/p`)).toMatchObject({
      spec: { overhead: { cpu: '10m', memory: '1Mi' } },
    });
    expect((await scheduled(cluster)).spec.overhead).toEqual(overhead.podFixed);
  });
});
