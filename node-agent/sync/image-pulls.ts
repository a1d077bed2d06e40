import type { Clock } from '../clock.ts';
import type { BackoffEntry } from '../diff/backoff.ts';
import { backoffUntil, nextBackoff } from '../diff/backoff.ts';
import { isValidImageReference, pullPolicy, withDefaultTag } from '../diff/image-reference.ts';
import type { ContainerSpec } from '../diff/pod.ts';
import type { WaitingReason } from '../diff/actions.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';

/** Tells of one pod's container; `fieldPath` is filled in by who knows it. */
export type RecordEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export type ImageState =
  | { readonly kind: 'ready' }
  /** Not to be had now; asked again when a pull ends, or at `wakeAtMs`. */
  | { readonly kind: 'waiting'; readonly reason?: WaitingReason; readonly wakeAtMs?: number };

interface Pull {
  phase: 'pulling' | 'pulled' | 'failed';
  image: string;
  backoff: BackoffEntry | undefined;
  failedAtMs: number;
  message: string;
  announcedBackoff: boolean;
}

/**
 * The image pulls of one pod, one per container. A pull runs beside the pod's other work; `ensure`
 * says each time how far it is.
 */
export class ImagePulls {
  readonly #runtime: ContainerRuntime;
  readonly #clock: Clock;
  readonly #onSettled: () => void;
  readonly #pulls = new Map<string, Pull>();
  readonly #abort = new AbortController();

  constructor(runtime: ContainerRuntime, clock: Clock, onSettled: () => void) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#onSettled = onSettled;
  }

  /** Ends pulls that are under way. */
  stop(): void {
    this.#abort.abort();
  }

  /** A container was started: its next start follows the pull policy afresh. */
  started(container: string): void {
    this.#pulls.delete(container);
  }

  async ensure(container: ContainerSpec, record: RecordEvent): Promise<ImageState> {
    const requested = container.image ?? '';
    if (!isValidImageReference(requested)) return invalidName(requested, record);
    const image = withDefaultTag(requested);
    const policy = pullPolicy(requested, container.imagePullPolicy);
    const pull = this.#pulls.get(container.name);
    if (pull?.image === image) {
      if (pull.phase === 'pulled') return { kind: 'ready' };
      if (pull.phase === 'pulling') return { kind: 'waiting' };
    }
    if (policy !== 'Always' && (await this.#runtime.imageStatus(image)) !== undefined) {
      const present = `Container image "${requested}" already present on machine`;
      record('Normal', 'Pulled', `${present} and can be accessed by the pod`);
      return { kind: 'ready' };
    }
    if (policy === 'Never') {
      const message = `Container image "${requested}" is not present with pull policy of Never`;
      record('Warning', 'ErrImageNeverPull', message);
      record('Warning', 'Failed', 'Error: ErrImageNeverPull');
      return { kind: 'waiting', reason: { reason: 'ErrImageNeverPull', message } };
    }
    const waits = pull?.image === image ? this.#backingOff(pull, requested, record) : undefined;
    if (waits !== undefined) return waits;
    this.#start(container.name, requested, image, pull?.backoff, record);
    return { kind: 'waiting' };
  }

  /** Undefined once the next try is due. */
  #backingOff(pull: Pull, requested: string, record: RecordEvent): ImageState | undefined {
    const wakeAtMs = backoffUntil(pull.backoff, pull.failedAtMs);
    if (wakeAtMs <= this.#clock.now()) return undefined;
    const text = `Back-off pulling image "${requested}"`;
    if (!pull.announcedBackoff) {
      pull.announcedBackoff = true;
      record('Normal', 'BackOff', text);
      record('Warning', 'Failed', 'Error: ImagePullBackOff');
      return {
        kind: 'waiting',
        reason: { reason: 'ErrImagePull', message: pull.message },
        // The error itself is shown for a moment, before the wait for the next try is.
        wakeAtMs: Math.min(wakeAtMs, this.#clock.now() + ERROR_SHOWN_MS),
      };
    }
    const message = `${text}: ErrImagePull: ${pull.message}`;
    return { kind: 'waiting', reason: { reason: 'ImagePullBackOff', message }, wakeAtMs };
  }

  #start(
    container: string,
    requested: string,
    image: string,
    backoff: BackoffEntry | undefined,
    record: RecordEvent,
  ): void {
    const startedAtMs = this.#clock.now();
    const pull: Pull = {
      phase: 'pulling',
      image,
      backoff,
      failedAtMs: 0,
      message: '',
      announcedBackoff: false,
    };
    this.#pulls.set(container, pull);
    record('Normal', 'Pulling', `Pulling image "${requested}"`);
    this.#runtime
      .pullImage(image, this.#abort.signal)
      .then((status) => {
        const took = formatSeconds(this.#clock.now() - startedAtMs);
        const pulled = `Successfully pulled image "${requested}" in ${took}`;
        const size = `Image size: ${status.sizeBytes} bytes.`;
        record('Normal', 'Pulled', `${pulled} (${took} including waiting). ${size}`);
        pull.phase = 'pulled';
      })
      .catch((error: unknown) => {
        const now = this.#clock.now();
        pull.phase = 'failed';
        pull.message = error instanceof Error ? error.message : String(error);
        pull.backoff = nextBackoff(pull.backoff, now, now);
        pull.failedAtMs = now;
        if (this.#abort.signal.aborted) return;
        record('Warning', 'Failed', `Failed to pull image "${requested}": ${pull.message}`);
        record('Warning', 'Failed', 'Error: ErrImagePull');
      })
      .finally(() => this.#onSettled());
  }
}

const ERROR_SHOWN_MS = 1000;

function invalidName(image: string, record: RecordEvent): ImageState {
  const cause = `couldn't parse image name "${image}": invalid reference format`;
  const message = `Failed to apply default image tag "${image}": ${cause}`;
  record('Warning', 'InspectFailed', message);
  record('Warning', 'Failed', 'Error: InvalidImageName');
  return { kind: 'waiting', reason: { reason: 'InvalidImageName', message } };
}

/** As Go prints a duration rounded to milliseconds: `350ms`, `1.204s`, `1m2.5s`. */
function formatSeconds(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)}ms`;
  const minutes = Math.floor(durationMs / 60_000);
  const seconds = `${(durationMs % 60_000) / 1000}s`;
  return minutes === 0 ? seconds : `${minutes}m${seconds}`;
}
