import type { Container } from 'kubernetes-types/core/v1.js';
import { parseQuantity } from '../../../apimachinery/quantity.ts';
import type { PodSpec } from '../kinds.ts';

/** Amounts by resource name: CPU in thousandths, all else in units (bytes, devices, pods). */
export type Amounts = Readonly<Record<string, number>>;

export interface Demand {
  /** What is held against allocatable, `pods: 1` included. */
  readonly requests: Amounts;
  /** What scores count: as requests, but a container that requests nothing is not free. */
  readonly scoringCPU: number;
  readonly scoringMemory: number;
}

/** What scoring assumes of a container that does not say (upstream: DefaultMilliCPURequest, DefaultMemoryRequest). */
const ASSUMED: Amounts = { cpu: 100, memory: 200 * 1024 * 1024 };

/**
 * What a pod needs at once: its containers together, or the largest of its init containers (each
 * beside the sidecars started before it), whichever is more; plus overhead. Requests of the pod as
 * a whole take the place of its containers' sum.
 */
export function podDemand(spec: PodSpec): Demand {
  const whole = (spec as { resources?: { requests?: Record<string, string> } }).resources?.requests;
  const overhead = parseAmounts(spec.overhead);
  const requests = sum(sum({ ...combine(spec, {}), ...parseAmounts(whole) }, overhead), {
    pods: 1,
  });
  const scoring = sum({ ...combine(spec, ASSUMED), ...parseAmounts(whole) }, overhead);
  return { requests, scoringCPU: scoring['cpu'] ?? 0, scoringMemory: scoring['memory'] ?? 0 };
}

function combine({ containers, initContainers = [] }: PodSpec, assumed: Amounts): Amounts {
  let running = containers.reduce<Amounts>(
    (total, container) => sum(total, requestsOf(container, assumed)),
    {},
  );
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of initContainers) {
    const requests = requestsOf(container, assumed);
    if (container.restartPolicy === 'Always') {
      running = sum(running, requests);
      sidecars = sum(sidecars, requests);
      starting = maxWith(starting, sidecars);
    } else {
      starting = maxWith(starting, sum(sidecars, requests));
    }
  }
  return maxWith(running, starting);
}

function requestsOf({ resources }: Container, assumed: Amounts): Amounts {
  return { ...assumed, ...parseAmounts(resources?.requests) };
}

function sum(a: Amounts, b: Amounts): Amounts {
  return merge(a, b, (x, y) => x + y);
}

function maxWith(a: Amounts, b: Amounts): Amounts {
  return merge(a, b, Math.max);
}

function merge(a: Amounts, b: Amounts, join: (x: number, y: number) => number): Amounts {
  const merged: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) merged[name] = join(merged[name] ?? 0, amount);
  return merged;
}

/**
 * Reads a ResourceList. Fractions round up, as a node must have at least what was asked for. What is
 * no quantity counts as nothing: validation keeps it out.
 */
export function parseAmounts(list: Readonly<Record<string, unknown>> | undefined): Amounts {
  const amounts: Record<string, number> = {};
  for (const [name, text] of Object.entries(list ?? {})) amounts[name] = parseAmount(name, text);
  return amounts;
}

function parseAmount(name: string, text: unknown): number {
  try {
    const quantity = parseQuantity(String(text));
    return Number(name === 'cpu' ? quantity.toMilli() : quantity.toValue());
  } catch {
    return 0;
  }
}
