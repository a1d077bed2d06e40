import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { ENROLMENT_TOKEN, FakeControlPlane } from '../../test/fakes/control-plane.ts';
import type { FakePod } from '../../test/fakes/control-plane.ts';
import type { Agent } from '../agent.ts';
import { simulatedLimits } from '../simulate.ts';
import { runAgent } from '../agent.ts';
import { systemClock } from '../clock.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { startSimulatedNodes } from '../simulate.ts';
import { memoryStateStore } from '../state/state-store.ts';
import { enrolNode } from '../transport/enrol.ts';
import { generateNodeKey } from '../transport/node-key.ts';
import { simulatedHook } from './lifecycle-hook.ts';
import type { RunHook } from './lifecycle-hook.ts';
import { simulatedProbe } from './probe.ts';
import { noMachineFiles } from './machine-files.ts';
import { simulatedVolumes } from './volume-store.ts';
import type { VolumePlan } from '../diff/volume-plan.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function pod(name: string, spec: object = {}): FakePod {
  return {
    metadata: { namespace: 'default', name, uid: randomUUID(), generation: 1 },
    spec: {
      containers: [{ name: 'main', image: 'web:1', command: ['serve'] }],
      terminationGracePeriodSeconds: 1,
      ...spec,
    },
  };
}

async function setUp(options: { missingImages?: string[]; runHook?: RunHook } = {}): Promise<{
  plane: FakeControlPlane;
  runtime: SimulatedRuntime;
  agent: Agent;
  /** Volumes as they were last set up, by name. */
  shown: Map<string, VolumePlan>;
}> {
  const shown = new Map<string, VolumePlan>();
  const plane = await FakeControlPlane.start();
  cleanups.push(() => plane.stop());
  const key = generateNodeKey();
  const endpoint = { server: plane.server };
  const request = { nodeName: 'edge', publicKey: key.publicJWK };
  const { cluster, certificate } = await enrolNode(endpoint, ENROLMENT_TOKEN, request);
  const runtime = new SimulatedRuntime({ clock: systemClock, ...options });
  const agent = await runAgent({
    endpoint,
    cluster,
    certificate,
    key,
    runtime,
    nodeName: 'edge',
    clock: systemClock,
    state: memoryStateStore(),
    volumes: {
      ...simulatedVolumes,
      setUp(podUID, name, plan) {
        shown.set(name, plan);
        return simulatedVolumes.setUp(podUID, name, plan);
      },
    },
    runProbe: simulatedProbe,
    runHook: options.runHook ?? simulatedHook,
    machine: {
      internalIP: '10.1.2.3',
      hostname: 'edge',
      machineID: 'm',
      systemUUID: 's',
      bootID: 'b',
      diskBytes: 1e9,
    },
    machineFiles: noMachineFiles,
    machineUsage: async () => ({ usageCoreNanoSeconds: Date.now() * 1e5, workingSetBytes: 4096 }),
    limits: simulatedLimits(),
    labels: { tier: 'edge' },
    logger: pino({ level: 'silent' }),
    random: () => 0,
  });
  cleanups.push(() => agent.stop());
  await plane.until('hello', () => plane.hellos.length > 0);
  return { plane, runtime, agent, shown };
}

describe('An agent on the simulated driver', () => {
  it('greets with its labels and a status that says it is ready', async () => {
    const { plane } = await setUp();
    const { node, position } = plane.hellos[0]!;
    expect(position).toBe(0);
    expect(node.labels).toMatchObject({ tier: 'edge', 'kubernetes.io/hostname': 'edge' });
    expect(node.status).toMatchObject({
      nodeInfo: { kubeletVersion: 'v1.36.0+fairlead.0.1.0' },
      addresses: [
        { type: 'InternalIP', address: '10.1.2.3' },
        { type: 'Hostname', address: 'edge' },
      ],
    });
  });

  it('tells what its pods use when it is asked, and says in its greeting that it can', async () => {
    const { plane } = await setUp();
    const web = pod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    plane.sampleUsage('r1');
    await plane.until('an answer', () => plane.usages.length > 0);
    expect(plane.hellos[0]!.features).toContain('usage');
    const { requestID, usage } = plane.usages[0]!;
    expect(requestID).toBe('r1');
    expect(usage!.node).toMatchObject({ memoryBytes: 4096 });
    expect(usage!.pods).toMatchObject([{ name: 'web', containers: [{ name: 'main' }] }]);
    const { cpuNanoCores, memoryBytes } = usage!.pods[0]!.containers[0]!;
    expect(cpuNanoCores).toBeGreaterThan(9_000_000);
    expect(cpuNanoCores).toBeLessThan(11_000_000);
    expect(memoryBytes).toBe(16 * 2 ** 20);
  });

  it('runs a pod and reports it as kubelet would', async () => {
    const { plane } = await setUp();
    const web = pod('web');
    plane.setPod(web);
    const status = await plane.untilReady(web);
    expect(status).toMatchObject({
      observedGeneration: 1,
      phase: 'Running',
      hostIP: '10.1.2.3',
      qosClass: 'BestEffort',
      containerStatuses: [
        { name: 'main', ready: true, started: true, restartCount: 0, image: 'web:1' },
      ],
    });
    const conditions = status['conditions'] as { type: string; status: string }[];
    expect(conditions.map(({ type, status: value }) => `${type}=${value}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    await plane.until('events', () => plane.events(web).length >= 4);
    expect(plane.events(web).map(({ reason }) => reason)).toEqual([
      'Pulling',
      'Pulled',
      'Created',
      'Started',
    ]);
    expect(plane.events(web)[0]!.regarding.fieldPath).toBe('spec.containers{main}');
  });

  it('acknowledges each position once it has taken it over', async () => {
    const { plane } = await setUp();
    plane.setPod(pod('one'));
    plane.setPod(pod('two'));
    await plane.until('acknowledged', () => plane.acknowledged.at(-1) === 2);
  });

  it('runs init containers in order before the others', async () => {
    const { plane } = await setUp();
    const init = (name: string) => ({ name, image: 'web:1', command: ['sleep', '0.02'] });
    const web = pod('web', { initContainers: [init('first'), init('second')] });
    plane.setPod(web);
    const status = await plane.untilReady(web);
    expect(status['initContainerStatuses']).toMatchObject([
      { name: 'first', ready: true, state: { terminated: { reason: 'Completed' } } },
      { name: 'second', ready: true, state: { terminated: { reason: 'Completed' } } },
    ]);
    const waiting = plane
      .statusHistory(web)
      .map((entry) => (entry['containerStatuses'] as { state: object }[])[0]!.state);
    expect(waiting).toContainEqual({ waiting: { reason: 'PodInitializing' } });
  });

  it.each([
    { policy: 'Never', command: ['true'], want: 'Succeeded' },
    { policy: 'Never', command: ['false'], want: 'Failed' },
    { policy: 'OnFailure', command: ['true'], want: 'Succeeded' },
  ])('ends as $want when $command ends under $policy', async (row) => {
    const { plane, runtime } = await setUp();
    const containers = [{ name: 'main', image: 'web:1', command: row.command }];
    const job = pod('job', { restartPolicy: row.policy, containers });
    plane.setPod(job);
    await plane.untilPhase(job, row.want);
    expect(await runtime.listContainers()).toHaveLength(1);
  });

  it('restarts what crashes, at once the first time and with backoff the second', async () => {
    const { plane } = await setUp();
    const containers = [{ name: 'main', image: 'web:1', command: ['false'] }];
    const crashing = pod('crashing', { containers });
    plane.setPod(crashing);
    const state = () =>
      (
        plane.statuses.get(crashing.metadata['uid'] as string)?.['containerStatuses'] as
          | { state: { waiting?: { reason: string; message: string } }; restartCount: number }[]
          | undefined
      )?.[0];
    await plane.until('backoff', () => state()?.state.waiting?.reason === 'CrashLoopBackOff');
    const { namespace, name, uid } = crashing.metadata as Record<string, string>;
    expect(state()).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
      state: {
        waiting: {
          message: `back-off 10s restarting failed container=main pod=${name}_${namespace}(${uid})`,
        },
      },
    });
    await plane.until('event', () => plane.events().some(({ reason }) => reason === 'BackOff'));
  });

  it('says why an image cannot be had', async () => {
    const { plane } = await setUp({ missingImages: ['gone:1'] });
    const web = pod('web', { containers: [{ name: 'main', image: 'gone:1' }] });
    plane.setPod(web);
    const reasons = () =>
      plane
        .statusHistory(web)
        .map(
          (status) =>
            (status['containerStatuses'] as { state: { waiting?: { reason: string } } }[])[0]!.state
              .waiting?.reason,
        );
    await plane.until('pull fails', () => reasons().includes('ImagePullBackOff'));
    expect(reasons()).toContain('ErrImagePull');
    expect(plane.events(web).map(({ message }) => message)).toContain(
      'Failed to pull image "gone:1": manifest for gone:1 not found',
    );
  });

  it('waits for a config map that is missing, and goes on when it comes', async () => {
    const { plane } = await setUp();
    const web = pod('web', { volumes: [{ name: 'v', configMap: { name: 'settings' } }] });
    plane.setPod(web);
    await plane.until('event', () => plane.events(web).length > 0);
    expect(plane.events(web)[0]).toMatchObject({
      reason: 'FailedMount',
      message: 'MountVolume.SetUp failed for volume "v" : configmap "settings" not found',
    });
    plane.setObject('configmaps', 'settings', { key: 'value' });
    await plane.untilReady(web);
  });

  it('waits for a claim that is not bound, and goes on when it is', async () => {
    const { plane, shown } = await setUp();
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
    const web = pod('web', { volumes });
    plane.setPod(web);
    await plane.until('event', () => plane.events(web).length > 0);
    expect(plane.events(web)[0]).toMatchObject({
      reason: 'FailedMount',
      message:
        'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/data: PVC is not bound',
    });
    const source = { local: { path: '/simulated/volumes/disk' } };
    plane.setPod({ ...web, boundVolumes: { v: { claim: 'data', name: 'disk', source } } });
    await plane.untilReady(web);
    expect(shown.get('v')).toEqual({ kind: 'local', path: source.local.path, volume: 'disk' });
  });

  it('NODE-18: removes the directory of a volume when no pod has it any more, and says so', async () => {
    const { plane } = await setUp();
    expect(plane.hellos[0]?.node.annotations).toEqual({
      'fairlead.dev/local-path-directory': '/simulated/volumes',
    });
    const source = { local: { path: '/simulated/volumes/disk' } };
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
    const boundVolumes = { v: { claim: 'data', name: 'disk', source } };
    const web = { ...pod('web', { volumes }), boundVolumes };
    plane.setPod(web);
    await plane.untilReady(web);
    plane.removeVolumes({ name: 'disk', uid: '1' }, { name: 'other', uid: '2' });
    await plane.until('removed', () => plane.removedVolumes().length > 0);
    expect(plane.removedVolumes()).toEqual(['other']);
    plane.removePod(web);
    await plane.until('removed', () => plane.removedVolumes().includes('disk'));
  });

  it('asks for the tokens of its pods, bound to them, and shows them in their volumes', async () => {
    const { plane, shown } = await setUp();
    const source = { path: 'token', audience: 'vault', expirationSeconds: 7200 };
    const web = pod('web', {
      serviceAccountName: 'robot',
      volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: source }] } }],
    });
    plane.setPod(web);
    await plane.untilReady(web);
    const { name, uid } = web.metadata;
    expect(plane.tokenRequests).toEqual([
      {
        account: 'default/robot',
        spec: {
          audiences: ['vault'],
          expirationSeconds: 7200,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    ]);
    const data = Buffer.from('token-1');
    const files = [{ path: 'token', mode: 0o644, data }];
    expect(shown.get('v')).toEqual({ kind: 'files', confidential: true, files });
    expect(plane.events(web).map(({ reason }) => reason)).not.toContain('FailedMount');
  });

  it('says why a pod waits for its token', async () => {
    const { plane } = await setUp();
    plane.tokenRefusal = 'pods "web" not found';
    const sources = [{ serviceAccountToken: { path: 'token' } }];
    const web = pod('web', { volumes: [{ name: 'v', projected: { sources } }] });
    plane.setPod(web);
    await plane.until('event', () => plane.events(web).length > 0);
    expect(plane.events(web)[0]).toMatchObject({
      reason: 'FailedMount',
      message:
        'MountVolume.SetUp failed for volume "v" : failed to fetch token: pods "web" not found',
    });
  });

  it('terminates a deleted pod, reports its end, and leaves nothing', async () => {
    const { plane, runtime } = await setUp();
    const web = pod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    plane.deletePod(web);
    await plane.untilTerminated(web);
    expect(await runtime.listContainers()).toEqual([]);
    expect(await runtime.listPodSandboxes()).toEqual([]);
    expect(plane.statusHistory(web).at(-1)).toMatchObject({
      containerStatuses: [{ ready: false, state: { terminated: { exitCode: 143 } } }],
    });
  });

  it('recreates everything of a pod whose sandbox is gone', async () => {
    const { plane, runtime } = await setUp();
    const web = pod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    const [sandbox] = await runtime.listPodSandboxes();
    await runtime.stopPodSandbox(sandbox!.id);
    await plane.until('restarted', () => {
      const status = plane.statuses.get(web.metadata['uid'] as string);
      const containers = status?.['containerStatuses'] as {
        restartCount: number;
        ready: boolean;
      }[];
      return containers[0]!.restartCount === 1 && containers[0]!.ready;
    });
    expect(plane.events(web).map(({ reason }) => reason)).toContain('SandboxChanged');
  });

  it('POD-1: starts the next container once the hook of the one before is over', async () => {
    const hook = Promise.withResolvers<void>();
    const { plane, runtime } = await setUp({ runHook: () => hook.promise });
    const lifecycle = { postStart: { exec: { command: ['greet'] } } };
    const containers = ['main', 'side'].map((name) => ({
      name,
      image: 'web:1',
      command: ['serve'],
    }));
    const web = pod('web', { containers: [{ ...containers[0], lifecycle }, containers[1]] });
    plane.setPod(web);
    await plane.until('started', () =>
      plane.events(web).some(({ reason }) => reason === 'Started'),
    );
    expect((await runtime.listContainers()).map(({ name }) => name)).toEqual(['main']);
    expect(plane.statuses.get(web.metadata['uid'] as string)?.phase).not.toBe('Running');
    hook.resolve();
    await plane.untilReady(web);
  });

  it('POD-1: ends a container whose hook fails, and starts it anew', async () => {
    let tries = 0;
    const { plane } = await setUp({
      runHook: async () => {
        if (++tries === 1) throw new Error('the password is wrong');
      },
    });
    const lifecycle = { postStart: { exec: { command: ['greet'] } } };
    const containers = [{ name: 'main', image: 'web:1', command: ['serve'], lifecycle }];
    const web = pod('web', { containers });
    plane.setPod(web);
    expect(await plane.untilReady(web)).toMatchObject({ containerStatuses: [{ restartCount: 1 }] });
    expect(plane.events(web).map(({ message }) => message)).toEqual(
      expect.arrayContaining(['PostStartHook failed', 'FailedPostStartHook']),
    );
  });

  it('POD-7: ends a pod that is active for too long while there is no control plane', async () => {
    const { plane, runtime } = await setUp();
    const web = pod('web', { activeDeadlineSeconds: 1 });
    plane.setPod(web);
    await plane.untilReady(web);
    plane.refusesLinks = true;
    plane.cutLink();
    const ended = Promise.withResolvers<void>();
    const look = async (): Promise<void> => {
      const states = (await runtime.listContainers()).map(({ state }) => state.kind);
      if (states.every((kind) => kind === 'exited')) ended.resolve();
    };
    runtime.subscribe(() => void look());
    await ended.promise;
    plane.refusesLinks = false;
    const status = await plane.untilPhase(web, 'Failed');
    expect(status['reason']).toBe('DeadlineExceeded');
  });

  it('POD-10: resizes a container in place, and says why it cannot', async () => {
    const { plane, runtime } = await setUp();
    const asking = (cpu: string) => [
      { name: 'main', image: 'web:1', command: ['serve'], resources: { requests: { cpu } } },
    ];
    const web = pod('web', { containers: asking('100m') });
    const resize = (cpu: string) =>
      plane.setPod({ ...web, spec: { ...web.spec, containers: asking(cpu) } });
    const condition = (type: string) =>
      (
        plane.statuses.get(web.metadata['uid'] as string)?.['conditions'] as
          | { type: string; reason?: string; message?: string }[]
          | undefined
      )?.find((entry) => entry.type === type);
    const shares = async () => (await runtime.listContainers())[0]?.resources?.cpuShares;
    plane.setPod(web);
    await plane.untilReady(web);
    expect(await shares()).toBe(102);
    resize('200m');
    await plane.until('completed', () =>
      plane.events(web).some(({ reason }) => reason === 'ResizeCompleted'),
    );
    expect([await shares(), condition('PodResizeInProgress')]).toEqual([204, undefined]);
    resize('1k');
    await plane.until('pending', () => condition('PodResizePending') !== undefined);
    expect(condition('PodResizePending')).toMatchObject({
      reason: 'Infeasible',
      message: "Node didn't have enough capacity: cpu, requested: 1000000, capacity: 32000",
    });
    expect(await shares()).toBe(204);
  });

  it('restarts the one container whose image changes', async () => {
    const { plane } = await setUp();
    const containers = (image: string) => [
      { name: 'main', image, command: ['serve'] },
      { name: 'side', image: 'web:1', command: ['serve'] },
    ];
    const web = pod('web', { containers: containers('web:1') });
    plane.setPod(web);
    await plane.untilReady(web);
    plane.setPod({ ...web, spec: { ...web.spec, containers: containers('web:2') } });
    await plane.until('new image', () => {
      const status = plane.statuses.get(web.metadata['uid'] as string);
      const all = status?.['containerStatuses'] as { image: string; restartCount: number }[];
      return all[0]!.image === 'web:2' && all[0]!.restartCount === 1 && all[1]!.restartCount === 0;
    });
  });

  it('keeps its pods through a cut of the link and resumes from its position', async () => {
    const { plane, runtime } = await setUp();
    const web = pod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    const before = await runtime.listContainers();
    plane.cutLink();
    await plane.until('second hello', () => plane.hellos.length === 2);
    expect(plane.hellos[1]).toMatchObject({ position: 1, epoch: 'epoch-1' });
    await plane.until('acknowledged', () => plane.acknowledged.length === 3);
    expect(await runtime.listContainers()).toEqual(before);
  });

  it('says again how its pods are when it was taken for lost', async () => {
    const { plane } = await setUp();
    const web = pod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    plane.statuses.clear();
    plane.repeat = true;
    plane.cutLink();
    await plane.untilReady(web);
  });

  it('kills what a full state no longer names', async () => {
    const { plane, runtime } = await setUp();
    const web = pod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    plane.removePod(web);
    plane.epoch = 'epoch-2';
    plane.cutLink();
    await plane.until('second hello', () => plane.hellos.length === 2);
    const other = pod('other');
    plane.setPod(other);
    await plane.untilReady(other);
    expect((await runtime.listContainers()).map((container) => container.pod.name)).toEqual([
      'other',
    ]);
  });

  it.each([1, 2, 3, 4, 5])('comes to what is desired, whatever happens (seed %i)', async (seed) => {
    const { plane, runtime } = await setUp();
    const random = newRandom(seed);
    const wanted = new Map<string, FakePod>();
    const deleted: FakePod[] = [];
    for (let step = 0; step < 400; step++) {
      const pick = <T>(items: readonly T[]): T | undefined =>
        items[Math.floor(random() * items.length)];
      const known = pick([...wanted.values()]);
      const uid = known?.metadata['uid'] as string;
      const action = random();
      if (action < 0.4 || known === undefined) {
        const fresh = pod(`pod-${step}`);
        wanted.set(fresh.metadata['uid'] as string, fresh);
        plane.setPod(fresh);
      } else if (action < 0.55) {
        wanted.delete(uid);
        deleted.push(known);
        plane.deletePod(known);
      } else if (action < 0.65) {
        wanted.delete(uid);
        plane.removePod(known);
      } else if (action < 0.8) {
        // Once for each pod: a second time its containers would wait out their backoff.
        const whole = (await runtime.listPodSandboxes()).filter(({ attempt }) => attempt === 0);
        const sandbox = pick(whole);
        if (sandbox !== undefined) await runtime.stopPodSandbox(sandbox.id);
      } else if (action < 0.85) plane.cutLink();
      else await new Promise((resolve) => setImmediate(resolve));
    }
    for (const gone of deleted) await plane.untilTerminated(gone);
    for (const kept of wanted.values()) await plane.untilReady(kept);
    const last = pod('last');
    plane.setPod(last);
    await plane.untilReady(last);
    const uids = [...wanted.keys(), last.metadata['uid'] as string].sort();
    const sandboxes = await runtime.listPodSandboxes();
    expect(sandboxes.map((sandbox) => sandbox.pod.uid).sort()).toEqual(uids);
    const running = (await runtime.listContainers()).filter(
      ({ state }) => state.kind === 'running',
    );
    expect(running.map((container) => container.pod.uid).sort()).toEqual(uids);
  });

  it('has many nodes in one process', async () => {
    const plane = await FakeControlPlane.start();
    cleanups.push(() => plane.stop());
    const nodes = await startSimulatedNodes({
      server: plane.server,
      count: 20,
      enrolmentToken: () => ENROLMENT_TOKEN,
    });
    cleanups.push(() => nodes.stop());
    expect(nodes.agents.map((agent) => agent.nodeName).sort()).toContain('simulated-19');
  });
});

/** A small generator of numbers in [0, 1), the same for the same seed. */
function newRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
