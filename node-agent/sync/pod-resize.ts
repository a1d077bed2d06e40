import type { ObservedPod } from '../diff/observed.ts';
import type { DesiredPod } from '../diff/pod.ts';
import {
  allocationOf,
  isBeingResized,
  judgeResize,
  podRequests,
  withAllocation,
} from '../diff/resize.ts';
import type { Allocation, ComputeAmounts } from '../diff/resize.ts';
import type { ConditionVerdict } from '../diff/pod-conditions.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';
import type { PodWorkerDeps } from './pod-worker-deps.ts';

/** A resize that does not fit is looked at again after this long. */
const RETRY_MS = 10_000;

export type ResizeDeps = Pick<PodWorkerDeps, 'clock' | 'events' | 'node' | 'requestsOfOthers'>;

/**
 * What one pod was given of the node. A pod that asks for more or less while it runs is given that
 * when it fits, and its containers are then changed in place; until then it runs as it was.
 */
export class PodResize {
  readonly #deps: ResizeDeps;
  readonly #pod: PodIdentity;
  #allocation: Allocation | undefined;
  #conditions: readonly ConditionVerdict[] = [];
  #isUnderWay: boolean;
  #failure: string | undefined;
  #wakeAtMs: number | undefined;

  /** @param isUnderWay what the pod's last status said */
  constructor(
    deps: ResizeDeps,
    pod: PodIdentity,
    allocation: Allocation | undefined,
    isUnderWay: boolean,
  ) {
    this.#deps = deps;
    this.#pod = pod;
    this.#allocation = allocation;
    this.#isUnderWay = isUnderWay;
  }

  get allocation(): Allocation | undefined {
    return this.#allocation;
  }

  get conditions(): readonly ConditionVerdict[] {
    return this.#conditions;
  }

  /** When a resize that waits is to be looked at again. */
  get wakeAtMs(): number | undefined {
    return this.#wakeAtMs;
  }

  /** What the pod takes up. */
  requests(pod: DesiredPod): ComputeAmounts {
    return podRequests(this.given(pod));
  }

  /** The pod with what it was given, as of the last {@link settle}. */
  given(pod: DesiredPod): DesiredPod {
    return this.#allocation === undefined ? pod : withAllocation(pod, this.#allocation);
  }

  /** Judges what the pod asks for, and answers how it is to run now. */
  settle(pod: DesiredPod, observed: ObservedPod): DesiredPod {
    this.#wakeAtMs = undefined;
    const conditions: ConditionVerdict[] = [];
    // What was placed here fits: the scheduler has seen to it.
    this.#allocation ??= allocationOf(pod);
    const { allocatable } = this.#deps.node;
    const verdict = judgeResize(pod, this.#allocation, allocatable, () =>
      this.#deps.requestsOfOthers(this.#pod.uid),
    );
    if (verdict.kind === 'pending') {
      const { message, reason } = verdict;
      conditions.push({ type: 'PodResizePending', status: 'True', reason, message });
      if (!this.#conditions.some((known) => known.message === message)) {
        this.#event('Warning', `Resize${reason}`, message);
      }
      this.#wakeAtMs = this.#deps.clock.now() + RETRY_MS;
    }
    if (verdict.kind === 'accepted') {
      this.#allocation = allocationOf(pod);
      this.#failure = undefined;
    }
    const given = this.given(pod);
    const isUnderWay = isBeingResized(given, observed);
    if (isUnderWay) {
      const failure = this.#failure;
      const why = failure === undefined ? {} : { reason: 'Error', message: failure };
      conditions.push({ type: 'PodResizeInProgress', status: 'True', ...why });
    }
    if (isUnderWay && !this.#isUnderWay) this.#tell('ResizeStarted', 'started', pod);
    if (!isUnderWay && this.#isUnderWay) this.#tell('ResizeCompleted', 'completed', pod);
    this.#isUnderWay = isUnderWay;
    this.#conditions = conditions;
    return given;
  }

  /** A change of a container was refused, or went well. */
  changed(container: string, failure: string | undefined): void {
    if (failure !== undefined && failure !== this.#failure) {
      const message = `Error resizing container ${container}: ${failure}`;
      this.#event('Warning', 'ResizeError', message);
    }
    this.#failure = failure;
  }

  #tell(reason: string, word: string, pod: DesiredPod): void {
    const containers = Object.entries(this.#allocation ?? {}).map(([name, resources]) => ({
      name,
      resources,
    }));
    const { generation } = pod.metadata;
    const text = JSON.stringify({ containers, generation });
    this.#event('Normal', reason, `Pod resize ${word}: ${text}`);
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#deps.events.pod(this.#pod, type, reason, message);
  }
}
