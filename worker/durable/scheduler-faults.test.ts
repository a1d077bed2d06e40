import { evictDurableObject } from 'cloudflare:test';
import * as fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { APIWatch, list } from '../../test/workerd/api.ts';
import {
  create,
  createNamespace,
  freshCluster,
  remove,
  stubOf,
} from '../../test/workerd/stores.ts';
import { as, type Pod } from '../reconcile/kinds.ts';
import type { SettleAnswer, SettleRequest } from './scheduler/protocol.ts';
import { SchedulerDurableObject } from './scheduler-durable-object.ts';

/** What happens to a batch: it never arrives, its answer is lost, or the object dies with it. */
type Fault = 'none' | 'refused' | 'lost' | 'reset before' | 'reset after';

const NAMESPACES = ['red', 'green', 'blue'];
const NODES = ['a', 'b'];
const NODE_MILLI_CPU = 2_000;
const POD_MILLI_CPU = 600;
const PODS_PER_NODE = Math.floor(NODE_MILLI_CPU / POD_MILLI_CPU);
const ROOM = NODES.length * PODS_PER_NODE;
/** As it is without faults. */
// oxlint-disable-next-line typescript/unbound-method -- is only called with an object of the class
const { settle } = SchedulerDurableObject.prototype;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets the faults happen to the batches that come, one each; then nothing happens any more. */
function injectFaults(faults: readonly Fault[]): void {
  const left = faults.values();
  vi.spyOn(SchedulerDurableObject.prototype, 'settle').mockImplementation(async function (
    this: SchedulerDurableObject,
    request: SettleRequest,
  ): Promise<SettleAnswer> {
    const fault = left.next().value ?? 'none';
    // It is protected, and the only way to end an object in the middle of a call.
    const { ctx } = this as unknown as { ctx: DurableObjectState };
    if (fault === 'refused') throw new Error('injected: refused');
    if (fault === 'reset before') ctx.abort('injected: reset before the batch');
    const answer = await settle.call(this, request);
    if (fault === 'reset after') ctx.abort('injected: reset after the batch');
    if (fault === 'lost') throw new Error('injected: the answer was lost');
    return answer;
  });
}

/** Follows all pods of a cluster in the order of their revisions, and holds what must hold of each. */
class PodLedger {
  /** Of pods that are: the node, '' while there is none. */
  readonly nodes = new Map<string, string>();
  /** Of each pod that ever had a node. */
  readonly #nodeOf = new Map<string, string>();
  readonly #watch: APIWatch;

  private constructor(watch: APIWatch) {
    this.#watch = watch;
  }

  static async open(cluster: string): Promise<PodLedger> {
    const { metadata } = await list(cluster, '/api/v1/pods');
    const query = `watch=1&resourceVersion=${metadata.resourceVersion}`;
    return new PodLedger(await APIWatch.open(cluster, `/api/v1/pods?${query}`));
  }

  async until(holds: (ledger: PodLedger) => boolean): Promise<void> {
    while (!holds(this)) {
      const frame = await this.#watch.next();
      if (frame === null) throw new Error('the watch ended');
      this.#take(frame.type, as<Pod>(frame.object));
    }
  }

  get bound(): string[] {
    return [...this.nodes].filter(([, node]) => node !== '').map(([name]) => name);
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  #take(type: string, { metadata, spec }: Pod): void {
    const name = `${metadata.namespace}/${metadata.name}`;
    if (type === 'DELETED') this.nodes.delete(name);
    else this.nodes.set(name, spec.nodeName ?? '');
    if (spec.nodeName) {
      // Bound once, and never to another.
      expect(this.#nodeOf.get(metadata.uid) ?? spec.nodeName).toBe(spec.nodeName);
      this.#nodeOf.set(metadata.uid, spec.nodeName);
    }
    for (const node of NODES) {
      const count = [...this.nodes.values()].filter((each) => each === node).length;
      expect(count).toBeLessThanOrEqual(PODS_PER_NODE);
    }
  }
}

async function addPod(cluster: string, namespace: string, name: string): Promise<void> {
  await create({ cluster, namespace }, 'pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'c', image: 'i', resources: { requests: { cpu: `${POD_MILLI_CPU}m` } } },
      ],
    },
  });
}

it('SCHED-8: racing stores, lost answers and resets bind no pod twice, fill no node beyond what it has, and leave none waiting', async () => {
  const faults = fc.array(
    fc.constantFrom<Fault>('none', 'refused', 'lost', 'reset before', 'reset after'),
    { maxLength: 8 },
  );
  // The scheduler is reset by the faults.
  const restarts = fc.uniqueArray(fc.constantFrom(...NAMESPACES));
  const run = async (before: Fault[], after: Fault[], evicted: string[]): Promise<void> => {
    const cluster = freshCluster();
    for (const namespace of NAMESPACES) await createNamespace(cluster, namespace);
    for (const name of NODES) {
      await create({ cluster, namespace: '' }, 'nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name },
        status: {
          allocatable: { cpu: `${NODE_MILLI_CPU}m`, memory: '8Gi', pods: '110' },
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      });
    }
    const ledger = await PodLedger.open(cluster);
    injectFaults(before);
    // Three to a namespace, half as much again as there is room for.
    await Promise.all(
      NAMESPACES.flatMap((namespace) =>
        ['p1', 'p2', 'p3'].map((name) => addPod(cluster, namespace, name)),
      ),
    );
    for (const namespace of evicted) await evictDurableObject(stubOf({ cluster, namespace }));
    await ledger.until(({ bound, nodes }) => bound.length === ROOM && nodes.size === 9);
    injectFaults(after);
    for (const name of ledger.bound.slice(0, 3)) {
      const [namespace = '', pod = ''] = name.split('/');
      await remove({ cluster, namespace }, 'pods', pod, { gracePeriodSeconds: 0 });
    }
    await ledger.until(({ bound, nodes }) => bound.length === ROOM && nodes.size === ROOM);
    await ledger.close();
    vi.restoreAllMocks();
  };
  await fc.assert(fc.asyncProperty(faults, faults, restarts, run), { numRuns: 12 });
}, 120_000);
