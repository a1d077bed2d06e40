import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { DIRECTORY_ANNOTATION, LOCAL_PATH } from '../../apimachinery/local-path.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { AgentLink, enrol, linkStub, READY_STATUS } from '../../test/workerd/agent-link.ts';
import { env } from '../../test/workerd/env.ts';
import { create, freshCluster, read, remove, stubOf, update } from '../../test/workerd/stores.ts';
import { onNode, sampleClaim, sampleVolume } from '../reconcile/testing/storage-samples.ts';
import { schedulerStub } from './stubs.ts';

const NODE = 'edge';
const CLAIMS = 'persistentvolumeclaims';
const VOLUMES = 'persistentvolumes';
const CLASSES = 'storageclasses.storage.k8s.io';

const home = (cluster: string) => ({ cluster, namespace: 'default' });
const global = (cluster: string) => ({ cluster, namespace: '' });

/** What the agent of a node says that keeps directories for volumes. */
const hello = {
  node: {
    labels: { 'kubernetes.io/hostname': NODE },
    annotations: { [DIRECTORY_ANNOTATION]: '/volumes' },
    status: READY_STATUS,
  },
};

async function newCluster(): Promise<{ cluster: string; link: AgentLink }> {
  const cluster = freshCluster();
  await enrol(cluster, NODE);
  return { cluster, link: await AgentLink.greet(cluster, NODE, hello) };
}

const podOf = (name: string, claim: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    containers: [{ name: 'c', image: 'i' }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: claim } }],
  },
});

const localClaim = (name: string, spec: object = {}): KubernetesObject =>
  sampleClaim(name, { storageClassName: 'local-path', ...spec });

/** Wakes what a crash has put to sleep, as its alarm would after a while. */
async function ringAll(cluster: string): Promise<void> {
  await runDurableObjectAlarm(stubOf(home(cluster)));
  await runDurableObjectAlarm(stubOf(global(cluster)));
  await runDurableObjectAlarm(schedulerStub(env, cluster));
}

const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000 });

const nodeOf = async (cluster: string, pod: string) =>
  ((await read(home(cluster), 'pods', pod))['spec'] as { nodeName?: string }).nodeName;

const isGone = (cluster: string, volume: string) =>
  until(async () => {
    await ringAll(cluster);
    await expect(read(global(cluster), VOLUMES, volume)).rejects.toThrow('not found');
  });

/** A claim with its pod on the node; returns the name of its volume and its uid. */
async function provisioned(cluster: string): Promise<{ name: string; uid: string }> {
  const scope = home(cluster);
  await create(scope, CLAIMS, localClaim('data'));
  await create(scope, 'pods', podOf('web', 'data'));
  await until(async () => expect(await nodeOf(cluster, 'web')).toBe(NODE));
  const claim = await read(scope, CLAIMS, 'data');
  const name = (claim['spec'] as { volumeName: string }).volumeName;
  const volume = await read(global(cluster), VOLUMES, name);
  return { name, uid: volume.metadata.uid ?? '' };
}

async function release(cluster: string): Promise<void> {
  const scope = home(cluster);
  await remove(scope, 'pods', 'web', { gracePeriodSeconds: 0 });
  await remove(scope, CLAIMS, 'data');
}

const phaseOf = async (cluster: string, volume: string) =>
  ((await read(global(cluster), VOLUMES, volume))['status'] as { phase: string }).phase;

describe('a pod with a claim', () => {
  it('VOLUME-8: goes to its node once the claim is bound there, with what it is bound to', async () => {
    const { cluster, link } = await newCluster();
    const { name } = await provisioned(cluster);
    let frame = await link.take('desired');
    while (frame.pods.length === 0) frame = await link.take('desired');
    expect(frame.pods[0]?.pod?.['boundVolumes']).toEqual({
      v: {
        claim: 'data',
        name,
        volumeMode: 'Filesystem',
        source: { local: { path: `/volumes/${name}` } },
      },
    });
    expect(await read(home(cluster), CLAIMS, 'data')).toMatchObject({ status: { phase: 'Bound' } });
    expect(await phaseOf(cluster, name)).toBe('Bound');
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'VOLUME-8: also when everything dies %i times on the way',
    async (crashes) => {
      const { cluster } = await newCluster();
      const scope = home(cluster);
      await create(scope, CLAIMS, localClaim('data'));
      await create(scope, 'pods', podOf('web', 'data'));
      for (let crash = 0; crash < crashes; crash++) {
        await abortAllDurableObjects();
        await ringAll(cluster);
      }
      await until(async () => {
        await ringAll(cluster);
        expect(await nodeOf(cluster, 'web')).toBe(NODE);
      });
      expect(await read(scope, CLAIMS, 'data')).toMatchObject({ status: { phase: 'Bound' } });
    },
  );

  it('VOLUME-8: goes where its volume is, though the scheduler has forgotten what it promised', async () => {
    const { cluster } = await newCluster();
    const scope = home(cluster);
    await create(global(cluster), CLASSES, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'outside' },
      provisioner: 'example.com/disks',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    await create(scope, CLAIMS, sampleClaim('data', { storageClassName: 'outside' }));
    await create(scope, 'pods', podOf('web', 'data'));
    const selected = async () => {
      const { metadata } = await read(scope, CLAIMS, 'data');
      return { node: metadata.annotations?.['volume.kubernetes.io/selected-node'], metadata };
    };
    await until(async () => expect((await selected()).node).toBe(NODE));
    expect(await nodeOf(cluster, 'web')).toBeUndefined();
    await runInDurableObject(schedulerStub(env, cluster), (_object, { storage }) => {
      storage.sql.exec('DELETE FROM reservations');
    });
    await evictDurableObject(schedulerStub(env, cluster));
    const { uid } = (await selected()).metadata;
    const claimRef = { namespace: 'default', name: 'data', uid };
    const spec = { storageClassName: 'outside', claimRef, ...onNode(NODE) };
    await create(global(cluster), VOLUMES, sampleVolume('disk', spec));
    await until(async () => expect(await nodeOf(cluster, 'web')).toBe(NODE));
  });

  it('VOLUME-9: waits while another has a claim for one alone, and says so', async () => {
    const { cluster } = await newCluster();
    const scope = home(cluster);
    await create(scope, CLAIMS, localClaim('data', { accessModes: ['ReadWriteOncePod'] }));
    await create(scope, 'pods', podOf('one', 'data'));
    await create(scope, 'pods', podOf('two', 'data'));
    let waiting = 'two';
    await until(async () => {
      const nodes = [await nodeOf(cluster, 'one'), await nodeOf(cluster, 'two')];
      expect(nodes.filter((node) => node === NODE)).toHaveLength(1);
      waiting = nodes[0] === undefined ? 'one' : 'two';
      const { status } = await read(scope, 'pods', waiting);
      expect(JSON.stringify(status)).toContain('ReadWriteOncePod access mode');
    });
    const other = waiting === 'one' ? 'two' : 'one';
    await remove(scope, 'pods', other, { gracePeriodSeconds: 0 });
    await until(async () => {
      await ringAll(cluster);
      expect(await nodeOf(cluster, waiting)).toBe(NODE);
    });
  });
});

describe('the directory of a volume', () => {
  it('VOLUME-10: is removed by its node before the volume goes', async () => {
    const { cluster, link } = await newCluster();
    const volume = await provisioned(cluster);
    await release(cluster);
    expect(await link.take('removeVolumes')).toEqual({ type: 'removeVolumes', volumes: [volume] });
    expect(await phaseOf(cluster, volume.name)).toBe('Released');
    link.send({ type: 'report', seq: 1, volumesRemoved: [volume] });
    await link.take('reported');
    await isGone(cluster, volume.name);
    link.close();
    const again = await AgentLink.greet(cluster, NODE, hello);
    await again.take('desired');
    expect(again.frames.filter(({ type }) => type === 'removeVolumes')).toEqual([]);
  });

  it('VOLUME-10: waits for a node that is away, through the sleep of all that know of it', async () => {
    const { cluster, link } = await newCluster();
    const volume = await provisioned(cluster);
    link.close();
    await release(cluster);
    await until(async () => expect(await phaseOf(cluster, volume.name)).toBe('Released'));
    await abortAllDurableObjects();
    await ringAll(cluster);
    const back = await AgentLink.greet(cluster, NODE, hello);
    expect((await back.take('removeVolumes')).volumes).toEqual([volume]);
    expect(await phaseOf(cluster, volume.name)).toBe('Released');
    back.send({ type: 'report', seq: 1, volumesRemoved: [volume] });
    await isGone(cluster, volume.name);
  });

  it('VOLUME-10: is kept, if so is wished before the node is back', async () => {
    const { cluster, link } = await newCluster();
    const { name } = await provisioned(cluster);
    link.close();
    await release(cluster);
    await until(async () => expect(await phaseOf(cluster, name)).toBe('Released'));
    const volume = await read(global(cluster), VOLUMES, name);
    const spec = { ...(volume['spec'] as object), persistentVolumeReclaimPolicy: 'Retain' };
    await update(global(cluster), VOLUMES, { ...volume, spec });
    const ordered = () =>
      runInDurableObject(linkStub(cluster, NODE), (_object, { storage }) =>
        [...storage.kv.list({ prefix: 'removal/' })].map(([key]) => key),
      );
    await until(async () => expect(await ordered()).toEqual([]));
  });

  it('VOLUME-11: of a Node that is gone is not waited for, but removed should it come back', async () => {
    const { cluster, link } = await newCluster();
    const volume = await provisioned(cluster);
    link.close();
    await release(cluster);
    await until(async () => expect(await phaseOf(cluster, volume.name)).toBe('Released'));
    await remove(global(cluster), 'nodes', NODE);
    await isGone(cluster, volume.name);
    const back = await AgentLink.greet(cluster, NODE, hello);
    expect((await back.take('removeVolumes')).volumes).toEqual([volume]);
  });

  it('VOLUME-12: is only spoken of by the node that has it', async () => {
    const { cluster } = await newCluster();
    const volume = await provisioned(cluster);
    await enrol(cluster, 'other');
    const other = await AgentLink.greet(cluster, 'other');
    await release(cluster);
    await until(async () => expect(await phaseOf(cluster, volume.name)).toBe('Released'));
    other.send({ type: 'report', seq: 1, volumesRemoved: [volume] });
    await other.take('reported');
    expect(await phaseOf(cluster, volume.name)).toBe('Released');
  });
});

describe('a volume that says whose it is', () => {
  it('VOLUME-6: is released when there is no such claim', async () => {
    const cluster = freshCluster();
    const claimRef = { namespace: 'default', name: 'data', uid: 'gone' };
    await create(global(cluster), VOLUMES, sampleVolume('disk', { claimRef }));
    await until(async () => expect(await phaseOf(cluster, 'disk')).toBe('Released'));
  });

  it('VOLUME-6: is bound to the claim that there is', async () => {
    const cluster = freshCluster();
    const { metadata } = await create(home(cluster), CLAIMS, sampleClaim('data'));
    const claimRef = { namespace: 'default', name: 'data', uid: metadata.uid };
    await create(global(cluster), VOLUMES, sampleVolume('disk', { claimRef }));
    await until(async () => expect(await phaseOf(cluster, 'disk')).toBe('Bound'));
  });
});

it('VOLUME-13: a cluster begins with a class, which its users may delete for good', async () => {
  const cluster = freshCluster();
  const scope = global(cluster);
  expect(await read(scope, CLASSES, 'local-path')).toMatchObject({
    metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: LOCAL_PATH,
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  await remove(scope, CLASSES, 'local-path');
  await runInDurableObject(stubOf(scope), (_object, { storage }) => {
    storage.sql.exec(`DELETE FROM meta WHERE key = 'bootstrapPolicy'`);
  });
  await evictDurableObject(stubOf(scope));
  await expect(read(scope, CLASSES, 'local-path')).rejects.toThrow('not found');
});
