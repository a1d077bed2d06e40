import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { parseQuantity } from '../../../apimachinery/quantity.ts';
import { CLUSTER_PLANNERS, NAMESPACE_PLANNERS } from '../index.ts';
import type { Plan, UsageSnapshot } from '../planner.ts';
import { MemoryObjects } from './memory-objects.ts';
import { STORED_RESOURCES } from '../../registry/hidden-resources.ts';

/** A `testdata/<case>.input.yaml`: what a store has, the planner, its key and the time. */
export interface GoldenInput {
  readonly planner: string;
  readonly key: string;
  /** Where planners of one name run in both kinds of stores; absent: in the namespace. */
  readonly store?: 'cluster';
  /** RFC 3339. */
  readonly now: string;
  readonly lastFailure?: string;
  /** PEM. */
  readonly rootCA?: string;
  /** What pods used when their nodes were asked, at `now`. */
  readonly usage?: readonly GoldenUsage[];
  readonly objects: readonly KubernetesObject[];
}

/** Of one pod, over 15 seconds: quantities of each container. */
interface GoldenUsage {
  readonly pod: string;
  readonly timestamp?: string;
  readonly containers: Readonly<Record<string, { readonly cpu: string; readonly memory: string }>>;
}

export interface GoldenOutcome {
  readonly objects: MemoryObjects;
  /** null when the planner found nothing to look at. */
  readonly plan: Plan | null;
}

/** Runs one planner once. Planners that both kinds of store have are run in a namespace. */
export function planGolden(input: GoldenInput): GoldenOutcome {
  const planners = input.store === 'cluster' ? [] : NAMESPACE_PLANNERS;
  const namespaced = planners.find(({ name }) => name === input.planner);
  const planner = namespaced ?? CLUSTER_PLANNERS.find(({ name }) => name === input.planner);
  if (planner === undefined) throw new Error(`no planner ${input.planner}`);
  const objects = new MemoryObjects(namespaced === undefined ? '' : 'shop', () =>
    Date.parse(input.now),
  );
  if (input.rootCA !== undefined) objects.rootCA = input.rootCA;
  if (input.usage !== undefined) objects.sampled = snapshotOf(input.usage, input.now);
  for (const object of input.objects) {
    objects.put({ resource: resourceOf(object), name: object.metadata.name ?? '' }, object);
  }
  if (input.lastFailure !== undefined) {
    objects.setFailure(input.planner, input.key, input.lastFailure);
  }
  const observed = planner.observe(objects, input.key);
  const plan = observed === null ? null : planner.plan(observed, Date.parse(input.now));
  return { objects, plan };
}

/** The uid of a pod is `uid-<name>` by convention. */
function snapshotOf(usage: readonly GoldenUsage[], now: string): UsageSnapshot {
  const pods = usage.map(({ pod: name, timestamp = now, containers }) => ({
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    timestampMs: Date.parse(timestamp),
    windowMs: 15_000,
    containers: Object.entries(containers).map(([container, { cpu, memory }]) => ({
      name: container,
      cpuNanoCores: Number(parseQuantity(cpu).nano),
      memoryBytes: Number(parseQuantity(memory).toValue()),
    })),
  }));
  return { takenAt: Date.parse(now), pods: new Map(pods.map((pod) => [pod.uid, pod])) };
}

function resourceOf({ apiVersion, kind }: KubernetesObject): string {
  for (const [resource, info] of STORED_RESOURCES) {
    const version = info.group === '' ? info.version : `${info.group}/${info.version}`;
    if (info.kind === kind && version === apiVersion) return resource;
  }
  throw new Error(`no resource for ${kind ?? ''}`);
}
