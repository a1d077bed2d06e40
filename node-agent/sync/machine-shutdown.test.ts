import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeControlPlane } from '../../test/fakes/control-plane.ts';
import { fakePod, testedParts } from '../../test/fakes/tested-agent.ts';
import { runAgent } from '../agent.ts';
import type { Agent } from '../agent.ts';
import { systemClock } from '../clock.ts';
import { isRunning } from '../diff/observed.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { DiskStateStore } from '../state/disk-state-store.ts';
import { openSealedBox } from '../state/sealed-box.ts';

const logger = pino({ level: 'silent' });
const STATIC =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: fixed}\nspec: {containers: [{name: main, image: web:1}]}\n';

describe('An agent whose machine goes down', () => {
  let directory: string;
  let plane: FakeControlPlane;
  let agent: Agent | undefined;
  let boot: () => Promise<Agent>;
  let runtime: SimulatedRuntime;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fairlead-shutdown-'));
    await writeFile(join(directory, 'fixed.yaml'), STATIC);
    plane = await FakeControlPlane.start();
    runtime = new SimulatedRuntime({ clock: systemClock });
    const box = await openSealedBox(join(directory, 'state-key'));
    const parts = await testedParts(plane, runtime);
    boot = () =>
      runAgent({
        ...parts,
        state: new DiskStateStore(join(directory, 'state'), box, logger),
        staticPodPath: directory,
        shutdownPeriods: [{ priority: 0, shutdownGracePeriodSeconds: 10 }],
      });
  });
  afterEach(async () => {
    await agent?.stop();
    await plane.stop();
    await rm(directory, { recursive: true });
  });

  const running = async (): Promise<string[]> => {
    const all = await runtime.listContainers();
    return all.filter(isRunning).map((one) => one.pod.name);
  };

  it('SHUTDOWN-1, SHUTDOWN-3, SHUTDOWN-4, SHUTDOWN-6: ends its pods for good, takes no more, and runs static pods again', async () => {
    agent = await boot();
    const web = fakePod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    await expect.poll(running).toEqual(expect.arrayContaining(['web', 'fixed-edge']));

    await agent.shutDown();
    expect(await running()).toEqual([]);
    // All of it was heard before the machine may go.
    const ended = plane.statuses.get(String(web.metadata['uid']));
    expect(ended).toMatchObject({
      phase: 'Failed',
      reason: 'Terminated',
      message: 'Pod was terminated in response to imminent node shutdown.',
    });
    const told = plane.reports.findLast(({ nodeStatus }) => nodeStatus !== undefined);
    expect(told?.nodeStatus?.['conditions']).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'KubeletNotReady',
        message: 'node is shutting down',
      }),
    );
    const late = fakePod('late');
    plane.setPod(late);
    expect(await plane.untilPhase(late, 'Failed')).toMatchObject({
      reason: 'NodeShutdown',
      message: 'Pod was rejected: Pod was rejected as the node is shutting down.',
    });

    await agent.stop();
    agent = await boot();
    await expect.poll(running).toEqual(['fixed-edge']);
    await plane.until('it greets again', () => plane.hellos.length === 2);
    const after = fakePod('after');
    plane.setPod(after);
    await plane.untilReady(after);
    expect((await running()).sort()).toEqual(['after', 'fixed-edge']);
  });
});
