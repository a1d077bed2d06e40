import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeControlPlane, isReady } from '../../../test/fakes/control-plane.ts';
import {
  cleanUpFirst,
  cleanUpLast,
  container,
  engine,
  FOREVER,
  pod,
  ref,
  setUp,
  useEngine,
} from '../../../test/fakes/engine-node.ts';
import { ownedBy } from './names.ts';

useEngine();

describe('An agent that starts again beside a Docker engine', () => {
  it('adopts running containers when it starts again, and touches none', async () => {
    const { plane, engineIDs, restartAgent } = await setUp();
    // So slow a probe that the readiness after the restart can only be what it was before.
    const readinessProbe = { exec: { command: ['true'] }, periodSeconds: 1000 };
    const web = pod('web', { containers: [container('main', FOREVER, { readinessProbe })] });
    plane.setPod(web);
    await plane.untilReady(web);
    const before = await engineIDs();
    const reported = plane.statusHistory(web).length;
    await restartAgent();
    await plane.until('second hello', () => plane.hellos.length === 2);
    expect(plane.hellos[1]?.position).toBe(1);
    const next = pod('next', { containers: [container('main', FOREVER)] });
    plane.setPod(next);
    await plane.untilReady(next);
    expect(await engineIDs()).toEqual(expect.arrayContaining(before));
    expect(plane.statusHistory(web).slice(reported).every(isReady)).toBe(true);
  });

  it('keeps and restarts containers with no control plane, through its own restart', async () => {
    const node = await setUp();
    const { plane, engineIDs, config } = node;
    plane.setObject('configmaps', 'settings', { color: 'blue' });
    const main = container('main', FOREVER, {
      env: [{ name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }],
    });
    const web = pod('web', { containers: [main, container('other', FOREVER)] });
    plane.setPod(web);
    await plane.untilReady(web);
    const { port } = plane;
    await plane.until('acknowledged', () => plane.acknowledged.at(-1) === 2);
    await plane.stop();
    await node.restartAgent();
    const before = await engineIDs();
    const label = [...ownedBy({ cluster: 'test', node: config.nodeName })];
    const events = await engine.getEvents({ filters: { label, event: ['start'] } });
    const restarted = new Promise((resolve) => events.once('data', resolve));
    const mainID = (await engine.listContainers({ filters: { label } })).find((entry) =>
      entry.Names[0]?.includes('_main_'),
    )!.Id;
    await engine.getContainer(mainID).kill();
    await restarted;
    const back = await FakeControlPlane.start(port);
    cleanUpLast(() => back.stop());
    back.takeOver(plane);
    const status = await back.untilReady(web);
    expect(status['containerStatuses']).toMatchObject([
      { name: 'main', restartCount: 1, lastState: { terminated: { exitCode: 137 } } },
      { name: 'other', restartCount: 0 },
    ]);
    expect(await engineIDs()).toEqual(expect.arrayContaining(before));
  });

  it('as a process killed outright leaves its containers alone, and goes on with them', async () => {
    const { plane, agent, config, engineIDs } = await setUp();
    await agent.stop();
    const path = join(config.stateDir, 'config.json');
    await writeFile(path, JSON.stringify(config));
    const main = join(import.meta.dirname, '../../main.ts');
    const launch = (): ChildProcess =>
      spawn(process.execPath, [main, '--config', path], { stdio: 'ignore' });
    let child = launch();
    cleanUpFirst(async () => {
      const ended = once(child, 'exit');
      if (child.kill('SIGTERM')) await ended;
    });
    await plane.until('second hello', () => plane.hellos.length === 2);
    const web = pod('web', {
      containers: [container('main', FOREVER), container('side', FOREVER)],
    });
    plane.setPod(web);
    await plane.untilReady(web);
    const before = await engineIDs();
    const killed = once(child, 'exit');
    child.kill('SIGKILL');
    await killed;
    expect(await engineIDs()).toEqual(before);
    const label = ownedBy({ cluster: 'test', node: config.nodeName });
    const running = await engine.listContainers({ filters: { label } });
    const side = running.find((entry) => entry.Names[0]?.includes('_side_'))!.Id;
    await engine.getContainer(side).kill();
    child = launch();
    await plane.until('restarted', () => {
      const statuses = plane.statuses.get(ref(web).uid)?.['containerStatuses'] as
        | { restartCount: number; ready: boolean }[]
        | undefined;
      return statuses?.[1]?.restartCount === 1 && statuses[1].ready;
    });
    const status = plane.statuses.get(ref(web).uid)!;
    expect(status['containerStatuses']).toMatchObject([{ restartCount: 0 }, { restartCount: 1 }]);
    const after = await engineIDs();
    expect(after).toHaveLength(before.length + 1);
    expect(after).toEqual(expect.arrayContaining(before));
  });
});
