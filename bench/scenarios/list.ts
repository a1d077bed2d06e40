import { BenchClient, inParallel, round } from '../client.ts';
import { unscheduledPod } from '../objects.ts';
import { memoryOf, type Target } from '../target.ts';

const PODS = 10_000;

/** A list of 10,000 pods: time to the first byte, to the last, and the server's memory. */
export async function list(target: Target): Promise<Record<string, unknown>[]> {
  const path = '/api/v1/namespaces/default/pods';
  const client = new BenchClient(target, 50);
  await inParallel(
    PODS,
    50,
    async (i) => void (await client.call('POST', path, unscheduledPod(`p-${i}`))),
  );
  const before = memoryOf(target.pid);
  const lines: Record<string, unknown>[] = [];
  for (const form of ['json', 'table'] as const) {
    const startedAt = performance.now();
    let firstByteMs = 0;
    let bytes = 0;
    let peakRSS = 0;
    const response =
      form === 'json'
        ? await client.open('GET', path)
        : await client.open('GET', path, undefined, TABLE);
    for await (const chunk of response) {
      if (bytes === 0) firstByteMs = performance.now() - startedAt;
      bytes += (chunk as Buffer).length;
      peakRSS = Math.max(peakRSS, memoryOf(target.pid)?.rssMB ?? 0);
    }
    lines.push({
      pods: PODS,
      form,
      firstByteMs: round(firstByteMs),
      totalMs: round(performance.now() - startedAt),
      megabytes: round(bytes / 1e6),
      rssBeforeMB: before?.rssMB,
      rssPeakMB: peakRSS,
    });
  }
  client.close();
  return lines;
}

/** What kubectl asks for. */
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
