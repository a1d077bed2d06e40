import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Job, Pod } from '../../../worker/reconcile/kinds.ts';
import { list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { merge } from './lifecycle.ts';
import { listWhen, objectWhen } from './waiting.ts';

export const JOBS = '/apis/batch/v1/namespaces/default/jobs';
export const PODS = '/api/v1/namespaces/default/pods';
const INDEX = 'batch.kubernetes.io/job-completion-index';

/** Long enough ago for every backoff to be over. */
const LONG_AGO = '2026-01-01T00:00:00Z';

export const template = (restartPolicy = 'Never', labels: Record<string, string> = {}) => ({
  metadata: { labels },
  spec: { restartPolicy, containers: [{ name: 'c', image: 'i' }] },
});

/** A Job `a` in a cluster of its own, whose pods' states the test writes. */
export class JobWorld {
  readonly cluster = freshCluster();

  static async with(spec: object, metadata: object = {}): Promise<JobWorld> {
    const world = new JobWorld();
    await createAt(world.cluster, JOBS, {
      metadata: { name: 'a', ...metadata },
      spec: { template: template(), ...spec },
    });
    return world;
  }

  when(holds: (job: Job) => boolean): Promise<Job> {
    return objectWhen<Job>(this.cluster, `${JOBS}/a`, holds);
  }

  whenCondition(type: string, reason?: string): Promise<Job> {
    return this.when(({ status }) =>
      (status?.conditions ?? []).some(
        (condition) =>
          condition.type === type &&
          condition.status === 'True' &&
          (reason === undefined || condition.reason === reason),
      ),
    );
  }

  /** The running pods, once there are so many. */
  async whenActive(count: number): Promise<readonly Pod[]> {
    const isActive = ({ metadata, status }: Pod): boolean =>
      metadata.deletionTimestamp === undefined &&
      !['Succeeded', 'Failed'].includes(status?.phase ?? '');
    const pods = await listWhen<Pod>(
      this.cluster,
      PODS,
      (items) => items.filter(isActive).length === count,
    );
    return pods.filter(isActive);
  }

  /** The running pod of an index, once there is one; other than `last`, where that is given. */
  async whenIndexActive(index: number, last?: Pod): Promise<Pod> {
    const isIt = ({ metadata, status }: Pod): boolean =>
      metadata.annotations?.[INDEX] === String(index) &&
      metadata.uid !== last?.metadata.uid &&
      status?.phase !== 'Failed';
    const pods = await listWhen<Pod>(this.cluster, PODS, (items) => items.some(isIt));
    return pods.find(isIt)!;
  }

  async pods(): Promise<readonly Pod[]> {
    return (await list(this.cluster, PODS)).items as Pod[];
  }

  /** Writes what a node reports when the pod's container has ended. */
  end(
    { metadata }: Pod,
    exitCode: number,
    conditions: readonly object[] = [],
  ): Promise<KubernetesObject> {
    const terminated = { exitCode, startedAt: LONG_AGO, finishedAt: LONG_AGO };
    return merge(this.cluster, `${PODS}/${metadata.name}/status`, {
      status: {
        phase: exitCode === 0 ? 'Succeeded' : 'Failed',
        conditions,
        containerStatuses: [
          {
            name: 'c',
            image: 'i',
            imageID: '',
            ready: false,
            restartCount: 0,
            state: { terminated },
          },
        ],
      },
    });
  }
}
