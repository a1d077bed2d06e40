import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Pod, StatefulSet } from '../../../worker/reconcile/kinds.ts';
import { list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { merge } from './lifecycle.ts';
import { listWhen, objectWhen } from './waiting.ts';

export const SETS = '/apis/apps/v1/namespaces/default/statefulsets';
export const PODS = '/api/v1/namespaces/default/pods';

export const podTemplate = (image: string, spec: object = {}) => ({
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', image }], ...spec },
});

export const statefulSet = (name: string, spec: object = {}) => ({
  metadata: { name, labels: { app: 'a' } },
  spec: {
    serviceName: 'a',
    selector: { matchLabels: { app: 'a' } },
    template: podTemplate('i:1'),
    ...spec,
  },
});

/** Writes what a node reports of a pod. */
export const report = (
  cluster: string,
  pod: string,
  phase: string,
  ready = false,
): Promise<KubernetesObject> =>
  merge(cluster, `${PODS}/${pod}/status`, {
    status: {
      phase,
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  });

/** A StatefulSet `a` in a cluster of its own, whose pods' states the test writes. */
export class SetWorld {
  readonly cluster = freshCluster();

  static async with(spec: object): Promise<SetWorld> {
    const world = new SetWorld();
    await createAt(world.cluster, SETS, statefulSet('a', spec));
    return world;
  }

  when(holds: (set: StatefulSet) => boolean): Promise<StatefulSet> {
    return objectWhen<StatefulSet>(this.cluster, `${SETS}/a`, holds);
  }

  patch(spec: object): Promise<KubernetesObject> {
    return merge(this.cluster, `${SETS}/a`, { spec });
  }

  setImage(image: string): Promise<KubernetesObject> {
    return this.patch({ template: podTemplate(image) });
  }

  /** The set's pods, by ordinal, once they have these names. */
  async whenPods(...ordinals: number[]): Promise<readonly Pod[]> {
    const wanted = ordinals.map((ordinal) => `a-${ordinal}`).join();
    const pods = await listWhen<Pod>(this.cluster, PODS, (items) => namesOf(items) === wanted);
    return inOrder(pods);
  }

  /** A pod other than `last`, once there is one of that ordinal. */
  whenReplaced(last: Pod): Promise<Pod> {
    return objectWhen<Pod>(
      this.cluster,
      `${PODS}/${last.metadata.name}`,
      ({ metadata }) => metadata.uid !== last.metadata.uid,
    );
  }

  async pods(): Promise<readonly Pod[]> {
    return inOrder((await list(this.cluster, PODS)).items as Pod[]);
  }

  ready(ordinal: number): Promise<KubernetesObject> {
    return report(this.cluster, `a-${ordinal}`, 'Running', true);
  }

  unready(ordinal: number): Promise<KubernetesObject> {
    return report(this.cluster, `a-${ordinal}`, 'Running', false);
  }

  /** Makes the pods up to an ordinal, each when the last is ready. */
  async fill(count: number): Promise<void> {
    for (let ordinal = 0; ordinal < count; ordinal++) {
      await this.whenPods(...Array.from({ length: ordinal + 1 }, (_, i) => i));
      await this.ready(ordinal);
    }
    await this.when(({ status }) => status?.readyReplicas === count);
  }
}

const inOrder = (pods: readonly Pod[]): readonly Pod[] =>
  pods.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

const namesOf = (pods: readonly Pod[]): string =>
  inOrder(pods)
    .map(({ metadata }) => metadata.name)
    .join();
