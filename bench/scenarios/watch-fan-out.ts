import { BenchClient, inParallel, latencies, round } from '../client.ts';
import { configMap } from '../objects.ts';
import { memoryOf, type Target } from '../target.ts';

const WATCHERS = 1_000;
const WRITES = 10;

/** 1,000 watchers: from sending a write to its event's last delivery. */
export async function watchFanOut(target: Target): Promise<Record<string, unknown>[]> {
  const path = '/api/v1/namespaces/default/configmaps';
  const writer = new BenchClient(target, 1);
  const client = new BenchClient(target, WATCHERS);
  const { metadata } = await writer.call<{ metadata: { resourceVersion: string } }>('GET', path);
  let delivered = 0;
  let onDelivered: () => void = () => undefined;
  const responses: { destroy(): void }[] = [];
  await inParallel(WATCHERS, 100, async () => {
    const query = `watch=true&resourceVersion=${metadata.resourceVersion}`;
    const response = await client.open('GET', `${path}?${query}`);
    responses.push(response);
    response.on('data', (chunk: Buffer) => {
      delivered += chunk.toString('utf8').split('\n').length - 1;
      onDelivered();
    });
    // Ends when the scenario tears it down.
    response.on('error', () => undefined);
  });
  const samples: number[] = [];
  for (let write = 1; write <= WRITES; write++) {
    const startedAt = performance.now();
    const all = new Promise<void>((resolve) => {
      onDelivered = () => {
        if (delivered >= write * WATCHERS) resolve();
      };
    });
    await writer.call('POST', path, configMap(`w-${write}`));
    await all;
    samples.push(performance.now() - startedAt);
  }
  const memory = memoryOf(target.pid);
  for (const response of responses) response.destroy();
  writer.close();
  client.close();
  return [
    { watchers: WATCHERS, writes: WRITES, ...latencies(samples), rssMB: round(memory?.rssMB ?? 0) },
  ];
}
