import { BenchClient, inParallel, latencies, round } from '../client.ts';
import { configMap, namespace } from '../objects.ts';
import type { Target } from '../target.ts';

/** Creates per second with 1, 50 and 1,000 clients. */
export async function creates(target: Target): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  for (const [clients, count] of [
    [1, 500],
    [50, 5_000],
    [1_000, 10_000],
  ] as const) {
    const client = new BenchClient(target, clients);
    const name = `bench-creates-${clients}`;
    await client.call('POST', '/api/v1/namespaces', namespace(name));
    // Connections are made before the clock starts.
    await inParallel(clients, clients, async () => void (await client.call('GET', '/version')));
    const samples: number[] = [];
    const startedAt = performance.now();
    await inParallel(count, clients, async (index) => {
      const sentAt = performance.now();
      await client.call('POST', `/api/v1/namespaces/${name}/configmaps`, configMap(`cm-${index}`));
      samples.push(performance.now() - sentAt);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    lines.push({ clients, count, perSecond: round(count / seconds), ...latencies(samples) });
    client.close();
  }
  return lines;
}
