import { describe, expect, it } from 'vitest';
import { ENROLMENT_TOKEN, FakeControlPlane } from '../../test/fakes/control-plane.ts';
import type { FakePod } from '../../test/fakes/control-plane.ts';
import { randomFrom } from '../../test/fakes/seeded-random.ts';
import { fakePod, testedAgents } from '../../test/fakes/tested-agent.ts';
import { startSimulatedNodes } from '../simulate.ts';

const { setUp, cleanups } = testedAgents();

describe('An agent and its control plane', () => {
  it('keeps its pods through a cut of the link and resumes from its position', async () => {
    const { plane, runtime } = await setUp();
    const web = fakePod('web');
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
    const web = fakePod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    plane.statuses.clear();
    plane.repeat = true;
    plane.cutLink();
    await plane.untilReady(web);
  });

  it('kills what a full state no longer names', async () => {
    const { plane, runtime } = await setUp();
    const web = fakePod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    plane.removePod(web);
    plane.epoch = 'epoch-2';
    plane.cutLink();
    await plane.until('second hello', () => plane.hellos.length === 2);
    const other = fakePod('other');
    plane.setPod(other);
    await plane.untilReady(other);
    expect((await runtime.listContainers()).map((container) => container.pod.name)).toEqual([
      'other',
    ]);
  });

  it.each([1, 2, 3, 4, 5])('comes to what is desired, whatever happens (seed %i)', async (seed) => {
    const { plane, runtime } = await setUp();
    const random = randomFrom(seed);
    const wanted = new Map<string, FakePod>();
    const deleted: FakePod[] = [];
    for (let step = 0; step < 400; step++) {
      const pick = <T>(items: readonly T[]): T | undefined =>
        items[Math.floor(random() * items.length)];
      const known = pick([...wanted.values()]);
      const uid = known?.metadata['uid'] as string;
      const action = random();
      if (action < 0.4 || known === undefined) {
        const fresh = fakePod(`pod-${step}`);
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
    const last = fakePod('last');
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
