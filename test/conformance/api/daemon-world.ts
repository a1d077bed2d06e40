import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { DaemonSet, Pod } from '../../../worker/reconcile/kinds.ts';
import { targetNode } from '../../../worker/reconcile/daemon-set/pods-by-node.ts';
import { call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { merge } from './lifecycle.ts';
import { podTemplate, PODS, report } from './set-world.ts';
import { listWhen, objectWhen } from './waiting.ts';

export const DAEMON_SETS = '/apis/apps/v1/namespaces/default/daemonsets';
export const NODES = '/api/v1/nodes';

export const daemonSet = (name: string, spec: object = {}) => ({
  metadata: { name, labels: { app: 'a' } },
  spec: { selector: { matchLabels: { app: 'a' } }, template: podTemplate('i:1'), ...spec },
});

/** A DaemonSet `a` in a cluster of its own with Nodes that no agent stands behind. */
export class DaemonWorld {
  readonly cluster = freshCluster();

  /** Nodes without room: pods stay where the test can write their states. */
  static async with(spec: object, nodes: readonly string[] = ['n1', 'n2']): Promise<DaemonWorld> {
    const world = new DaemonWorld();
    for (const node of nodes) await world.addNode(node);
    await createAt(world.cluster, DAEMON_SETS, daemonSet('a', spec));
    return world;
  }

  async addNode(name: string, allocatable: Record<string, string> = {}): Promise<void> {
    await createAt(this.cluster, NODES, {
      metadata: { name },
      status: { allocatable, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }

  label(node: string, labels: Record<string, string | null>): Promise<KubernetesObject> {
    return merge(this.cluster, `${NODES}/${node}`, { metadata: { labels } });
  }

  when(holds: (set: DaemonSet) => boolean): Promise<DaemonSet> {
    return objectWhen<DaemonSet>(this.cluster, `${DAEMON_SETS}/a`, holds);
  }

  patch(spec: object): Promise<KubernetesObject> {
    return merge(this.cluster, `${DAEMON_SETS}/a`, { spec });
  }

  setImage(image: string): Promise<KubernetesObject> {
    return this.patch({ template: podTemplate(image) });
  }

  /** The pods, by node, once there is one on each of these nodes and nowhere else. */
  async whenOn(...nodes: string[]): Promise<ReadonlyMap<string, Pod>> {
    const pods = await listWhen<Pod>(
      this.cluster,
      PODS,
      (items) =>
        items
          .map((pod) => targetNode(pod) ?? '')
          .sort((a, b) => a.localeCompare(b))
          .join() === nodes.join(),
    );
    return new Map(pods.map((pod) => [targetNode(pod) ?? '', pod]));
  }

  async pods(): Promise<readonly Pod[]> {
    return (await list(this.cluster, PODS)).items as Pod[];
  }

  ready(pod: Pod): Promise<KubernetesObject> {
    return report(this.cluster, pod.metadata.name, 'Running', true);
  }

  async readyAll(...nodes: string[]): Promise<ReadonlyMap<string, Pod>> {
    const pods = await this.whenOn(...nodes);
    for (const pod of pods.values()) await this.ready(pod);
    await this.when(({ status }) => status?.numberReady === nodes.length);
    return pods;
  }

  /** Makes new pods ready until every node has one of that image. */
  async whenUpdated(image: string, ...nodes: string[]): Promise<ReadonlyMap<string, Pod>> {
    for (;;) {
      const pods = await this.whenOn(...nodes);
      const isNew = ({ spec }: Pod) => spec.containers[0]?.image === image;
      const fresh = [...pods.values()].filter(isNew);
      for (const pod of fresh) await this.ready(pod);
      if (fresh.length === nodes.length) return pods;
      const known = new Set([...pods.values()].map(({ metadata }) => metadata.uid));
      await listWhen<Pod>(this.cluster, PODS, (items) =>
        items.some((pod) => isNew(pod) && !known.has(pod.metadata.uid)),
      );
    }
  }

  async delete(path: string): Promise<void> {
    const response = await call(this.cluster, 'DELETE', path);
    await response.body?.cancel();
  }
}
