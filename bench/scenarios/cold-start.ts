import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PACKAGE_ROOT } from '../../cli/build-if-stale.ts';
import { BenchClient, round } from '../client.ts';
import { openTarget, type Target } from '../target.ts';

const STARTS = 5;

/** The bundle's size, and the time from spawning workerd to the first answers. */
export async function coldStart(target: Target): Promise<Record<string, unknown>[]> {
  if (target.pid === undefined) return [];
  const path = join(PACKAGE_ROOT, 'dist/worker/index.js');
  const gzipped = gzipSync(readFileSync(path)).length;
  const readyMs: number[] = [];
  const firstListMs: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const startedAt = performance.now();
    const fresh = await openTarget({});
    readyMs.push(performance.now() - startedAt);
    const client = new BenchClient(fresh, 1);
    const askedAt = performance.now();
    await client.call('GET', '/api/v1/namespaces');
    firstListMs.push(performance.now() - askedAt);
    client.close();
    await fresh.stop();
  }
  const median = (values: number[]) => round(values.sort((a, b) => a - b)[STARTS >> 1] ?? 0);
  return [
    {
      bundleKB: Math.round(statSync(path).size / 1024),
      gzipKB: Math.round(gzipped / 1024),
      spawnToReadyMs: median(readyMs),
      firstListMs: median(firstListMs),
    },
  ];
}
