import type { Env } from '../../durable/env.ts';
import { METRICS } from '../../webhooks/webhook-metrics.ts';
import { storeOf } from '../api-context.ts';
import { conversionMetrics } from '../converting.ts';
import { listNamespaces } from '../namespaces.ts';

/** Stores asked at a time: each may have to be woken. */
const STORES_AT_A_TIME = 50;
const HISTOGRAM_PARTS = ['_bucket', '_sum', '_count'];
const LINE = /^(.+) ([^ ]+)$/;

/**
 * GET /metrics: what the stores of a cluster have counted of webhooks, added up, in the Prometheus
 * text format 0.0.4. Counters begin at nothing whenever a store is loaded, as those of a process do
 * when it starts.
 */
export async function metricsEndpoint(env: Env, cluster: string): Promise<Response> {
  const { names } = await listNamespaces(env, cluster);
  const sums = new Map<string, number>();
  add(sums, conversionMetrics.lines());
  const stores = ['', ...names];
  for (let i = 0; i < stores.length; i += STORES_AT_A_TIME) {
    const asked = stores.slice(i, i + STORES_AT_A_TIME);
    const lines = await Promise.all(
      asked.map((namespace) => storeOf(env, { cluster, namespace }).metricLines()),
    );
    for (const some of lines) add(sums, some);
  }
  return new Response(textOf(sums), {
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
  });
}

function add(sums: Map<string, number>, lines: readonly string[]): void {
  for (const line of lines) {
    const [, series = '', value = '0'] = LINE.exec(line) ?? [];
    sums.set(series, (sums.get(series) ?? 0) + Number(value));
  }
}

function textOf(sums: ReadonlyMap<string, number>): string {
  const parts = METRICS.map(({ name, type, help }) => {
    const own = type === 'histogram' ? HISTOGRAM_PARTS.map((part) => `${name}${part}`) : [name];
    const lines = [...sums]
      .filter(([series]) => own.includes(series.slice(0, series.indexOf('{'))))
      .map(([series, value]) => `${series} ${value}\n`);
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
  });
  return parts.join('');
}
