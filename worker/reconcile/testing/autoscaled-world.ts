import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as } from '../kinds.ts';
import type { Deployment, Pod } from '../kinds.ts';
import { MemoryStore } from './memory-store.ts';
import type { MemoryStoreOptions } from './memory-store.ts';
import { sampleDeployment, START } from './samples.ts';
import { ScriptedKubelet } from './scripted-kubelet.ts';
import { AUTOSCALERS, SYNC_PERIOD_MS } from '../horizontal-pod-autoscaler/autoscaler-facts.ts';
import type {
  Autoscaler,
  AutoscalerStatus,
} from '../horizontal-pod-autoscaler/autoscaler-facts.ts';
import { autoscalerPlanner } from '../horizontal-pod-autoscaler/planner.ts';

/** What every pod asks for. Thousandths of a core. */
export const REQUEST = 100;

export const sampleAutoscaler = (spec: object = {}): KubernetesObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
      },
    ],
    ...spec,
  },
});

/** A Deployment `web` with an autoscaler, in a store whose pods do as they are told. */
export class AutoscaledWorld {
  readonly store: MemoryStore;
  readonly kubelet: ScriptedKubelet;

  constructor(replicas: number, spec: object = {}, options: Partial<MemoryStoreOptions> = {}) {
    this.store = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      ...options,
    });
    const requests = { cpu: `${REQUEST}m` };
    this.store.create(
      'deployments.apps',
      sampleDeployment({
        replicas,
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'web:1', resources: { requests } }] },
        },
      }),
    );
    this.store.create(AUTOSCALERS, sampleAutoscaler(spec));
    this.kubelet = new ScriptedKubelet(this.store);
    this.kubelet.run();
    // Long enough for a whole window since they became ready.
    this.store.advance(SYNC_PERIOD_MS);
  }

  get autoscaler(): Autoscaler {
    return as<Autoscaler>(this.#stored(AUTOSCALERS));
  }

  get status(): AutoscalerStatus {
    return this.autoscaler.status ?? {};
  }

  get replicas(): number {
    return as<Deployment>(this.#stored('deployments.apps')).spec.replicas ?? 0;
  }

  reasonOf(type: string): string | undefined {
    return this.status.conditions?.find((condition) => condition.type === type)?.reason;
  }

  /** What every pod that is there uses. Thousandths of a core; undefined: its node does not answer. */
  sample(use: (pod: Pod, index: number) => number | undefined): void {
    const { now, objects } = this.store;
    const pods = this.kubelet.pods().flatMap((pod, index) => {
      const milli = use(pod, index);
      if (milli === undefined) return [];
      const { name, uid, namespace = '' } = pod.metadata;
      const cpu = { name: 'web', cpuNanoCores: milli * 1_000_000, memoryBytes: 1 };
      return [
        { name, namespace, uid, timestampMs: now, windowMs: SYNC_PERIOD_MS, containers: [cpu] },
      ];
    });
    objects.sampled = { takenAt: now, pods: new Map(pods.map((usage) => [usage.uid, usage])) };
  }

  /** A round of the autoscaler, after which the pods come to rest and a period goes by. */
  round(use: (pod: Pod, index: number) => number | undefined): void {
    const end = this.store.now + SYNC_PERIOD_MS;
    this.sample(use);
    this.store.makeDue(autoscalerPlanner, 'web');
    this.store.settle();
    this.kubelet.run();
    this.store.advance(Math.max(0, end - this.store.now));
  }

  rounds(count: number, use: (pod: Pod, index: number) => number | undefined): void {
    for (let i = 0; i < count; i++) this.round(use);
  }

  #stored(resource: string): KubernetesObject {
    const object = this.store.objects.get(resource, 'web');
    if (object === null) throw new Error(`no ${resource} web`);
    return object;
  }
}
