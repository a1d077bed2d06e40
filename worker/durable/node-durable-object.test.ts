import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CLOSE_PROTOCOL_ERROR,
  CLOSE_REVOKED,
  CLOSE_SUPERSEDED,
} from '../../apimachinery/agent-protocol.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { AgentLink, enrol, linkStub, READY_STATUS } from '../../test/workerd/agent-link.ts';
import { create, freshCluster, read, remove } from '../../test/workerd/stores.ts';
import { HEARTBEAT_DEADLINE_MS, LINK_CHECK_MS, NODE_MONITOR_GRACE_MS } from './node/liveness.ts';

const NODE = 'n1';

const pod = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    nodeName: NODE,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', image: 'i' }],
  },
});

/** What a store wants on the node; a null text takes the pod away. */
const want = (cluster: string, name: string, text: string | null) =>
  linkStub(cluster, NODE).setDesired({
    cluster,
    node: NODE,
    namespace: 'default',
    changes: { pods: [{ name, uid: `uid-${name}`, pod: text }], objects: [] },
  });
const textOf = (name: string) => JSON.stringify(pod(name));

const readyOf = async (cluster: string) => {
  const node = await read({ cluster, namespace: '' }, 'nodes', NODE);
  const { conditions = [] } = node['status'] as { conditions?: { type: string; status: string }[] };
  return conditions.find(({ type }) => type === 'Ready')?.status;
};

const pass = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
const alarm = (cluster: string) => runDurableObjectAlarm(linkStub(cluster, NODE));

async function enrolled(): Promise<string> {
  const cluster = freshCluster();
  await enrol(cluster, NODE);
  return cluster;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('usage', () => {
  const usage = {
    node: { timestampMs: 5, windowMs: 1, cpuNanoCores: 2, memoryBytes: 3 },
    pods: [],
  };
  const features = ['usage', 'something of the future'];

  it('NODE-19: is asked of the agent once for many, and again when the answer is old', async () => {
    const cluster = await enrolled();
    const link = await AgentLink.greet(cluster, NODE, { features });
    const asked = [linkStub(cluster, NODE).sampleUsage(), linkStub(cluster, NODE).sampleUsage()];
    const { requestID } = await link.take('sampleUsage');
    link.send({ type: 'usage', requestID: 'of another question', usage: null });
    link.send({ type: 'usage', requestID, usage });
    expect(await Promise.all(asked)).toEqual([usage, usage]);
    expect(await linkStub(cluster, NODE).sampleUsage()).toEqual(usage);
    expect(link.frames.filter(({ type }) => type === 'sampleUsage')).toEqual([]);
    pass(6_000);
    const again = linkStub(cluster, NODE).sampleUsage();
    link.send({
      type: 'usage',
      requestID: (await link.take('sampleUsage')).requestID,
      usage: null,
    });
    expect(await again).toBeNull();
  });

  it('NODE-19: is not known of a node without a link, nor with an agent that cannot tell', async () => {
    const cluster = await enrolled();
    expect(await linkStub(cluster, NODE).sampleUsage()).toBeNull();
    const link = await AgentLink.greet(cluster, NODE);
    expect(await linkStub(cluster, NODE).sampleUsage()).toBeNull();
    expect(link.frames.filter(({ type }) => type === 'sampleUsage')).toEqual([]);
  });

  it('NODE-19: is not waited for when the link goes', async () => {
    const cluster = await enrolled();
    const link = await AgentLink.greet(cluster, NODE, { features });
    const asked = linkStub(cluster, NODE).sampleUsage();
    await link.take('sampleUsage');
    link.close();
    expect(await asked).toBeNull();
  });
});

describe('desired state', () => {
  it('NODE-1: comes whole at first, then as changes from a position', async () => {
    const cluster = await enrolled();
    await want(cluster, 'a', textOf('a'));
    const link = await AgentLink.greet(cluster, NODE);
    const first = await link.take('desired');
    expect(first).toMatchObject({ from: 0, position: 1, pods: [{ name: 'a' }] });
    await want(cluster, 'b', textOf('b'));
    expect(await link.take('desired')).toMatchObject({
      from: 1,
      position: 2,
      pods: [{ name: 'b', uid: 'uid-b' }],
    });
  });

  it('NODE-1: a reconnect is sent only what is above its position', async () => {
    const cluster = await enrolled();
    await want(cluster, 'a', textOf('a'));
    const { epoch } = await (await AgentLink.greet(cluster, NODE)).take('desired');
    await want(cluster, 'a', null);
    await want(cluster, 'b', textOf('b'));
    const again = await AgentLink.greet(cluster, NODE, { epoch, position: 1 });
    const frame = await again.take('desired');
    expect(frame.from).toBe(1);
    expect(frame.pods.map(({ name, pod: value }) => [name, value === null])).toEqual([
      ['a', true],
      ['b', false],
    ]);
    await want(cluster, 'c', textOf('c'));
    expect((await again.take('desired')).pods.map(({ name }) => name)).toEqual(['c']);
  });

  it('NODE-1: a position of another epoch, or one that never was, is sent everything', async () => {
    const cluster = await enrolled();
    await want(cluster, 'a', textOf('a'));
    const { epoch } = await (await AgentLink.greet(cluster, NODE)).take('desired');
    for (const hello of [
      { epoch: 'other', position: 1 },
      { epoch, position: 99 },
    ]) {
      const frame = await (await AgentLink.greet(cluster, NODE, hello)).take('desired');
      expect(frame).toMatchObject({ from: 0, pods: [{ name: 'a' }] });
    }
  });

  it('NODE-2: acknowledged tombstones leave, and the position never goes back', async () => {
    const cluster = await enrolled();
    await want(cluster, 'a', textOf('a'));
    const link = await AgentLink.greet(cluster, NODE);
    const { epoch } = await link.take('desired');
    await want(cluster, 'a', null);
    const { position } = await link.take('desired');
    link.send({ type: 'ack', epoch, position });
    await evictDurableObject(linkStub(cluster, NODE));
    await want(cluster, 'b', textOf('b'));
    expect(await link.take('desired')).toMatchObject({
      from: position,
      position: position + 1,
      pods: [{ name: 'b' }],
    });
  });

  it('NODE-2: what is the same as before takes no position', async () => {
    const cluster = await enrolled();
    await want(cluster, 'a', textOf('a'));
    await want(cluster, 'a', textOf('a'));
    const link = await AgentLink.greet(cluster, NODE);
    expect((await link.take('desired')).position).toBe(1);
  });
});

describe('the link', () => {
  it('NODE-3: survives hibernation, with its session', async () => {
    const cluster = await enrolled();
    await want(cluster, 'a', textOf('a'));
    const link = await AgentLink.greet(cluster, NODE);
    await link.take('desired');
    await evictDurableObject(linkStub(cluster, NODE));
    await want(cluster, 'b', textOf('b'));
    expect(await link.take('desired')).toMatchObject({ from: 1, pods: [{ name: 'b' }] });
    expect(link.closeCode).toBeNull();
  });

  it('NODE-4: a newer one takes over, and the end of the older is no loss', async () => {
    const cluster = await enrolled();
    const older = await AgentLink.greet(cluster, NODE);
    const newer = await AgentLink.open(cluster, NODE);
    expect(await older.closed()).toBe(CLOSE_SUPERSEDED);
    newer.hello();
    expect((await newer.take('welcome')).generation).toBe(2);
    pass(LINK_CHECK_MS + 1_000);
    expect(await alarm(cluster)).toBe(true);
    expect(await readyOf(cluster)).toBe('True');
  });

  it('NODE-5: bad frames close it, and say why', async () => {
    const cluster = await enrolled();
    for (const text of ['{', '{"type":"nothing"}', '{"type":"hello"}']) {
      const link = await AgentLink.open(cluster, NODE);
      link.sendText(text);
      expect(await link.closed()).toBe(CLOSE_PROTOCOL_ERROR);
    }
    const link = await AgentLink.open(cluster, NODE);
    link.hello({ protocol: 999 });
    expect(await link.closed()).toBe(CLOSE_PROTOCOL_ERROR);
  });

  it('NODE-6: revoking the node cuts it', async () => {
    const cluster = await enrolled();
    const link = await AgentLink.greet(cluster, NODE);
    await linkStub(cluster, NODE).revoke();
    expect(await link.closed()).toBe(CLOSE_REVOKED);
    expect(await linkStub(cluster, NODE).authenticate('any')).toBe(false);
  });
});

describe('a node without a link', () => {
  it('NODE-7: is Unknown after the grace period, not before, and Ready when it is back', async () => {
    const cluster = await enrolled();
    const link = await AgentLink.greet(cluster, NODE);
    expect(await readyOf(cluster)).toBe('True');
    link.close();
    await vi.waitFor(() => alarm(cluster));
    expect(await readyOf(cluster)).toBe('True');
    pass(NODE_MONITOR_GRACE_MS + 1_000);
    await alarm(cluster);
    expect(await readyOf(cluster)).toBe('Unknown');
    expect(await alarm(cluster)).toBe(false);
    await AgentLink.greet(cluster, NODE);
    expect(await readyOf(cluster)).toBe('True');
  });

  it('NODE-7: is Unknown, too, when the control plane crashed under the link', async () => {
    const cluster = await enrolled();
    await AgentLink.greet(cluster, NODE);
    await abortAllDurableObjects();
    pass(LINK_CHECK_MS + 1_000);
    expect(await alarm(cluster)).toBe(true);
    expect(await readyOf(cluster)).toBe('True');
    pass(NODE_MONITOR_GRACE_MS + 1_000);
    expect(await alarm(cluster)).toBe(true);
    expect(await readyOf(cluster)).toBe('Unknown');
  });

  it('NODE-8: a link that is silent from its beginning is dead by the deadline', async () => {
    const cluster = await enrolled();
    const link = await AgentLink.greet(cluster, NODE);
    pass(HEARTBEAT_DEADLINE_MS + 1_000);
    expect(await alarm(cluster)).toBe(true);
    expect(await link.closed()).toBe(CLOSE_PROTOCOL_ERROR);
  });
});

describe('reports', () => {
  it('NODE-13: come one at a time, so that nothing piles up for a node', async () => {
    const cluster = await enrolled();
    const link = await AgentLink.greet(cluster, NODE);
    link.send({ type: 'report', seq: 1, nodeStatus: READY_STATUS });
    link.send({ type: 'report', seq: 2, nodeStatus: READY_STATUS });
    await vi.waitFor(() => expect(link.closeCode).toBe(CLOSE_PROTOCOL_ERROR));
  });

  it('NODE-9: are answered once the store has them', async () => {
    const cluster = await enrolled();
    const scope = { cluster, namespace: 'default' };
    const link = await AgentLink.greet(cluster, NODE);
    const { uid = '' } = (await create(scope, 'pods', pod('web'))).metadata;
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    link.send({
      type: 'report',
      seq: 7,
      nodeStatus: { ...READY_STATUS, nodeInfo: { kubeletVersion: 'v1' } },
      podStatuses: [{ namespace: 'default', name: 'web', uid, status }],
    });
    expect((await link.take('reported')).seq).toBe(7);
    expect((await read(scope, 'pods', 'web'))['status']).toMatchObject({ phase: 'Running' });
    const node = await read({ cluster, namespace: '' }, 'nodes', NODE);
    expect(node['status']).toMatchObject({ nodeInfo: { kubeletVersion: 'v1' } });
  });

  it('NODE-10: about pods that are gone, replaced or on another node change nothing', async () => {
    const cluster = await enrolled();
    const scope = { cluster, namespace: 'default' };
    const link = await AgentLink.greet(cluster, NODE);
    const elsewhere = pod('elsewhere');
    const other = await create(scope, 'pods', {
      ...elsewhere,
      spec: { ...(elsewhere['spec'] as object), nodeName: 'n2' },
    });
    const replaced = await create(scope, 'pods', pod('replaced'));
    const entry = (name: string, uid: string) => ({
      namespace: 'default',
      name,
      uid,
      status: { phase: 'Failed' },
    });
    link.send({
      type: 'report',
      seq: 1,
      podStatuses: [
        entry('elsewhere', other.metadata.uid ?? ''),
        entry('replaced', 'another-uid'),
        entry('gone', 'gone'),
      ],
      podsTerminated: [
        { namespace: 'default', name: 'elsewhere', uid: other.metadata.uid ?? '' },
        { namespace: 'default', name: 'replaced', uid: 'another-uid' },
      ],
    });
    await link.take('reported');
    expect(await read(scope, 'pods', 'elsewhere')).toEqual(other);
    expect((await read(scope, 'pods', 'replaced')).metadata.uid).toBe(replaced.metadata.uid);
  });

  it('NODE-11: from binding to removal, a pod goes from the store to the node and back', async () => {
    const cluster = await enrolled();
    const scope = { cluster, namespace: 'default' };
    const link = await AgentLink.greet(cluster, NODE);
    const made = pod('web');
    await create(scope, 'pods', {
      ...made,
      spec: { ...(made['spec'] as object), terminationGracePeriodSeconds: 30 },
    });
    let frame = await link.take('desired');
    while (frame.pods.length === 0) frame = await link.take('desired');
    const [bound] = frame.pods;
    expect(bound?.name).toBe('web');
    await remove(scope, 'pods', 'web');
    frame = await link.take('desired');
    expect(frame.pods[0]?.pod?.metadata).toHaveProperty('deletionTimestamp');
    link.send({
      type: 'report',
      seq: 1,
      podsTerminated: [{ namespace: 'default', name: 'web', uid: bound?.uid ?? '' }],
    });
    await link.take('reported');
    await expect(read(scope, 'pods', 'web')).rejects.toThrow('pods "web" not found');
    expect((await link.take('desired')).pods).toMatchObject([{ name: 'web', pod: null }]);
  });
});
