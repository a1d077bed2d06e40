import { describe, expect, it } from 'vitest';
import { fakePod, testedAgents } from '../../test/fakes/tested-agent.ts';

const { setUp } = testedAgents();

describe('The pods of an agent', () => {
  it('restarts what crashes, at once the first time and with backoff the second', async () => {
    const { plane } = await setUp();
    const containers = [{ name: 'main', image: 'web:1', command: ['false'] }];
    const crashing = fakePod('crashing', { containers });
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

  it('terminates a deleted pod, reports its end, and leaves nothing', async () => {
    const { plane, runtime } = await setUp();
    const web = fakePod('web');
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
    const web = fakePod('web');
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
    const web = fakePod('web', { containers: [{ ...containers[0], lifecycle }, containers[1]] });
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
    const web = fakePod('web', { containers });
    plane.setPod(web);
    expect(await plane.untilReady(web)).toMatchObject({ containerStatuses: [{ restartCount: 1 }] });
    expect(plane.events(web).map(({ message }) => message)).toEqual(
      expect.arrayContaining(['PostStartHook failed', 'FailedPostStartHook']),
    );
  });

  it('POD-7: ends a pod that is active for too long while there is no control plane', async () => {
    const { plane, runtime } = await setUp();
    const web = fakePod('web', { activeDeadlineSeconds: 1 });
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
    const web = fakePod('web', { containers: asking('100m') });
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
    const web = fakePod('web', { containers: containers('web:1') });
    plane.setPod(web);
    await plane.untilReady(web);
    plane.setPod({ ...web, spec: { ...web.spec, containers: containers('web:2') } });
    await plane.until('new image', () => {
      const status = plane.statuses.get(web.metadata['uid'] as string);
      const all = status?.['containerStatuses'] as { image: string; restartCount: number }[];
      return all[0]!.image === 'web:2' && all[0]!.restartCount === 1 && all[1]!.restartCount === 0;
    });
  });
});
