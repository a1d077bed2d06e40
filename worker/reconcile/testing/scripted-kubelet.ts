import { formatTime } from '../../../apimachinery/meta.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import type { MemoryStore } from './memory-store.ts';

/** Plays scheduler and node for a store's pods, one pod at a time or all at once. */
export class ScriptedKubelet {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  pods(): readonly Pod[] {
    return asList<Pod>(this.#store.objects.list('pods'));
  }

  bind(pod: Pod, nodeName: string): void {
    if (this.#isThere(pod)) this.#store.bind(pod.metadata.name, nodeName);
  }

  /** Reports the pod running and ready, or running and not ready. */
  report(pod: Pod, ready: boolean): void {
    if (!pod.spec.nodeName) this.bind(pod, 'node-1');
    this.#edit(pod, 'status', (draft) => {
      const lastTransitionTime = formatTime(this.#store.now);
      const status = ready ? 'True' : 'False';
      draft['status'] = {
        phase: 'Running',
        startTime: pod.status?.startTime ?? lastTransitionTime,
        conditions: [{ type: 'Ready', status, lastTransitionTime }],
      };
    });
  }

  /** Reports that all containers of the pod have ended, with this exit code. */
  finish(pod: Pod, exitCode: number): void {
    if (!pod.spec.nodeName) this.bind(pod, 'node-1');
    this.#edit(pod, 'status', (draft) => {
      const finishedAt = formatTime(this.#store.now);
      draft['status'] = {
        phase: exitCode === 0 ? 'Succeeded' : 'Failed',
        containerStatuses: pod.spec.containers.map(({ name, image = '' }) => ({
          name,
          image,
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode, finishedAt } },
        })),
      };
    });
  }

  /** Reports that the pod's containers are gone, if it was asked to go. Finalizers keep it. */
  finishTermination(pod: Pod): void {
    if (pod.metadata.deletionTimestamp === undefined || !this.#isThere(pod)) return;
    if ((pod.metadata.finalizers ?? []).length === 0) {
      this.#store.remove('pods', pod.metadata.name);
    } else this.#store.delete('pods', pod.metadata.name, { gracePeriodSeconds: 0 });
  }

  /** Makes everything well until nothing changes any more. */
  run(): void {
    for (let round = 0; round < 100; round++) {
      this.#store.advance(1000);
      const unwell = this.pods().filter((pod) => !isWell(pod));
      if (unwell.length === 0) return;
      for (const pod of unwell) {
        this.finishTermination(pod);
        if (pod.metadata.deletionTimestamp === undefined) this.report(pod, true);
      }
    }
    throw new Error('pods do not come to rest');
  }

  #edit(pod: Pod, subresource: string, change: (draft: KubernetesObject) => void): void {
    if (this.#isThere(pod)) this.#store.edit('pods', pod.metadata.name, change, subresource);
  }

  #isThere(pod: Pod): boolean {
    const stored = this.#store.objects.get('pods', pod.metadata.name);
    return stored?.metadata.uid === pod.metadata.uid;
  }
}

function isWell(pod: Pod): boolean {
  const ready = pod.status?.conditions?.some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  return ready === true && pod.metadata.deletionTimestamp === undefined;
}
