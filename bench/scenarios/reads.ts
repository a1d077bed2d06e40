import { BenchClient, inParallel, latencies, round } from '../client.ts';
import { configMap } from '../objects.ts';
import type { Target } from '../target.ts';

/** Reads per second of single objects, with 1 and 50 clients. */
export async function reads(target: Target): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const path = '/api/v1/namespaces/default/configmaps';
  const setup = new BenchClient(target, 10);
  await inParallel(
    100,
    10,
    async (i) => void (await setup.call('POST', path, configMap(`r-${i}`))),
  );
  setup.close();
  for (const [clients, count] of [
    [1, 1_000],
    [50, 10_000],
  ] as const) {
    const client = new BenchClient(target, clients);
    const samples: number[] = [];
    const startedAt = performance.now();
    await inParallel(count, clients, async (index) => {
      const sentAt = performance.now();
      await client.call('GET', `${path}/r-${index % 100}`);
      samples.push(performance.now() - sentAt);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    lines.push({ clients, count, perSecond: round(count / seconds), ...latencies(samples) });
    client.close();
  }
  return lines;
}
