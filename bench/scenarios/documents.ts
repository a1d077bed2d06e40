import { gzipSync } from 'node:zlib';
import { BenchClient, round } from '../client.ts';
import type { Target } from '../target.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const SWAGGER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Size of what describes the API, and the time of its first and of later requests. */
export async function documents(target: Target): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const client = new BenchClient(target, 1);
  for (const [path, accept] of [
    ['/apis', AGGREGATED],
    ['/openapi/v3', 'application/json'],
    ['/openapi/v3/api/v1', 'application/json'],
    ['/openapi/v2', 'application/json'],
    ['/openapi/v2', SWAGGER],
  ] as const) {
    const times: number[] = [];
    let body: Uint8Array = new Uint8Array();
    for (let i = 0; i < 5; i++) {
      const sentAt = performance.now();
      body = await client.bytes(path, accept);
      times.push(performance.now() - sentAt);
    }
    const [first = 0, ...later] = times;
    lines.push({
      path,
      accept,
      kB: Math.round(body.length / 1024),
      gzipKB: Math.round(gzipSync(body).length / 1024),
      firstMs: round(first),
      laterMs: round(Math.min(...later)),
    });
  }
  client.close();
  return lines;
}
