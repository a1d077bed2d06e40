import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { MirrorPods } from './mirror-pods.ts';
import { StaticPods } from './static-pods.ts';

let path: string;
let staticPods: StaticPods | undefined;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'fairlead-static-'));
});

afterEach(async () => {
  staticPods?.stop();
  await rm(path, { recursive: true, force: true });
});

const manifest = (name: string, image = 'web:1'): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: main, image: ${image}}]}\n`;

async function setUp() {
  const clock = new ManualClock();
  const log: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void log.push(line) });
  let changed = Promise.withResolvers<void>();
  const onChange = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  staticPods = new StaticPods({ path, nodeName: 'edge', clock, logger, onChange });
  await staticPods.start();
  const names = () => [...staticPods!.pods.values()].map(({ metadata }) => metadata.name).sort();
  /** Lets the time of the next reading come, and resolves when it has changed something. */
  const reread = async (): Promise<void> => {
    const seen = changed.promise;
    clock.advance(20_000);
    await seen;
  };
  return { clock, log, logger, names, reread };
}

describe('Static pods', () => {
  it('POD-11: are those of the folder, as it is read again and again', async () => {
    await writeFile(join(path, 'one.yaml'), manifest('one'));
    await writeFile(join(path, '.hidden'), manifest('hidden'));
    const { names, reread } = await setUp();
    expect(names()).toEqual(['one-edge']);
    await writeFile(join(path, 'two.json'), manifest('two'));
    await reread();
    expect(names()).toEqual(['one-edge', 'two-edge']);
    await rm(join(path, 'one.yaml'));
    await reread();
    expect(names()).toEqual(['two-edge']);
  });

  it('are another pod once the manifest changes', async () => {
    await writeFile(join(path, 'one.yaml'), manifest('one'));
    const { reread } = await setUp();
    const [before] = staticPods!.pods.keys();
    await writeFile(join(path, 'one.yaml'), manifest('one', 'web:2'));
    await reread();
    expect([...staticPods!.pods.keys()]).not.toContain(before);
    expect(staticPods!.pods.size).toBe(1);
  });

  it('leave out a manifest that is none, and say so', async () => {
    await writeFile(join(path, 'broken.yaml'), 'kind: Service\n');
    await writeFile(join(path, 'one.yaml'), manifest('one'));
    const { log, names } = await setUp();
    expect(names()).toEqual(['one-edge']);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('it is not a v1 Pod');
  });

  it('POD-11: are mirrored once the node knows who it is, and again after a refusal', async () => {
    await writeFile(join(path, 'one.yaml'), manifest('one'));
    const { clock, logger } = await setUp();
    const asked: string[] = [];
    let answer = Promise.withResolvers<void>();
    const mirrors = new MirrorPods({
      clock,
      logger,
      nodeName: 'edge',
      staticPods: staticPods!.pods,
      desired: new Map(),
      request: async (method, path_, body) => {
        asked.push(`${method} ${path_} ${JSON.stringify(body).includes('"uid":"node-uid"')}`);
        answer.resolve();
        answer = Promise.withResolvers();
        throw new Error('not now');
      },
    });
    mirrors.poke();
    expect(asked).toEqual([]);
    mirrors.connected('node-uid');
    await new Promise((resolve) => setImmediate(resolve));
    const again = answer.promise;
    clock.advance(10_000);
    await again;
    mirrors.stop();
    const create = 'POST api/v1/namespaces/default/pods true';
    expect(asked).toEqual([create, create]);
  });
});
