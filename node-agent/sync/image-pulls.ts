import type { Clock } from '../clock.ts';
import type { BackoffEntry } from '../diff/backoff.ts';
import { backoffUntil, nextBackoff } from '../diff/backoff.ts';
import { isValidImageReference, withDefaultTag } from '../diff/image-reference.ts';
import type { PullPolicy } from '../diff/image-reference.ts';
import type { WaitingReason } from '../diff/actions.ts';
import type {
  ContainerRuntime,
  ImageStatus,
  RegistryCredentials,
} from '../runtime/container-runtime.ts';

/** Tells of one pod's container; `fieldPath` is filled in by who knows it. */
export type RecordEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export type ImageState =
  | { readonly kind: 'ready'; readonly image: ImageStatus }
  /** Not to be had now; asked again when a pull ends, or at `wakeAtMs`. */
  | { readonly kind: 'waiting'; readonly reason?: WaitingReason; readonly wakeAtMs?: number };

/** An image that a container runs, or that one of its volumes shows. */
export interface ImageRequest {
  /** What tells the pod's requests apart. */
  readonly key: string;
  /** As the spec has it. */
  readonly image: string;
  readonly policy: PullPolicy;
  /** What to try, in this order; empty: without. Throws an Error that is fit for an event. */
  readonly credentials: () => readonly RegistryCredentials[];
  readonly record: RecordEvent;
}

/** What the pulls of all pods share. */
export interface ImagePullsDeps {
  readonly runtime: Pick<ContainerRuntime, 'pullImage' | 'imageStatus'>;
  readonly clock: Clock;
  /** Runs a pull when its turn comes. */
  readonly withPullSlot: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether who has such credentials may use an image that is present. */
  readonly mayUseImage: (
    image: string,
    credentials: () => readonly RegistryCredentials[],
  ) => boolean;
  /** Told of every image that was pulled, by the name and with the credentials that did it. */
  readonly onPulled: (image: string, credentials: RegistryCredentials | undefined) => void;
}

interface Pull {
  phase: 'pulling' | 'pulled' | 'failed';
  image: string;
  status: ImageStatus | undefined;
  backoff: BackoffEntry | undefined;
  failedAtMs: number;
  message: string;
  announcedBackoff: boolean;
}

/**
 * The image pulls of one pod. A pull runs beside the pod's other work; `ensure` says each time how far
 * it is.
 */
export class ImagePulls {
  readonly #deps: ImagePullsDeps;
  readonly #onSettled: () => void;
  readonly #pulls = new Map<string, Pull>();
  readonly #abort = new AbortController();

  constructor(deps: ImagePullsDeps, onSettled: () => void) {
    this.#deps = deps;
    this.#onSettled = onSettled;
  }

  /** Ends pulls that are under way. */
  stop(): void {
    this.#abort.abort();
  }

  /** What asked for it was started: its next start follows the pull policy afresh. */
  started(key: string): void {
    this.#pulls.delete(key);
  }

  async ensure(request: ImageRequest): Promise<ImageState> {
    const { key, image: requested, policy, record } = request;
    if (!isValidImageReference(requested)) return invalidName(requested, record);
    const image = withDefaultTag(requested);
    const pull = this.#pulls.get(key);
    if (pull?.image === image) {
      if (pull.phase === 'pulling') return { kind: 'waiting' };
      if (pull.status !== undefined) return { kind: 'ready', image: pull.status };
    }
    const present = policy === 'Always' ? undefined : await this.#deps.runtime.imageStatus(image);
    if (present !== undefined && this.#mayUse(request, image)) {
      const text = `Container image "${requested}" already present on machine`;
      record('Normal', 'Pulled', `${text} and can be accessed by the pod`);
      return { kind: 'ready', image: present };
    }
    if (policy === 'Never') {
      const message =
        present === undefined
          ? `Container image "${requested}" is not present with pull policy of Never`
          : `Container image "${requested}" is present with pull policy of Never but does not have the proper credentials to access the image`;
      record('Warning', 'ErrImageNeverPull', message);
      record('Warning', 'Failed', 'Error: ErrImageNeverPull');
      return { kind: 'waiting', reason: { reason: 'ErrImageNeverPull', message } };
    }
    const waits = pull?.image === image ? this.#backingOff(pull, requested, record) : undefined;
    if (waits !== undefined) return waits;
    this.#start(request, image, pull?.backoff);
    return { kind: 'waiting' };
  }

  /** A secret that cannot be read gives no access; the pull that follows says what is wrong with it. */
  #mayUse({ credentials }: ImageRequest, image: string): boolean {
    try {
      return this.#deps.mayUseImage(image, credentials);
    } catch {
      return false;
    }
  }

  /** Undefined once the next try is due. */
  #backingOff(pull: Pull, requested: string, record: RecordEvent): ImageState | undefined {
    const { clock } = this.#deps;
    const wakeAtMs = backoffUntil(pull.backoff, pull.failedAtMs);
    if (wakeAtMs <= clock.now()) return undefined;
    const text = `Back-off pulling image "${requested}"`;
    if (!pull.announcedBackoff) {
      pull.announcedBackoff = true;
      record('Normal', 'BackOff', text);
      record('Warning', 'Failed', 'Error: ImagePullBackOff');
      return {
        kind: 'waiting',
        reason: { reason: 'ErrImagePull', message: pull.message },
        // The error itself is shown for a moment, before the wait for the next try is.
        wakeAtMs: Math.min(wakeAtMs, clock.now() + ERROR_SHOWN_MS),
      };
    }
    const message = `${text}: ErrImagePull: ${pull.message}`;
    return { kind: 'waiting', reason: { reason: 'ImagePullBackOff', message }, wakeAtMs };
  }

  #start(request: ImageRequest, image: string, backoff: BackoffEntry | undefined): void {
    const { clock, withPullSlot } = this.#deps;
    const { key, image: requested, record } = request;
    const askedAtMs = clock.now();
    const pull: Pull = {
      phase: 'pulling',
      image,
      status: undefined,
      backoff,
      failedAtMs: 0,
      message: '',
      announcedBackoff: false,
    };
    this.#pulls.set(key, pull);
    record('Normal', 'Pulling', `Pulling image "${requested}"`);
    withPullSlot(async () => {
      const startedAtMs = clock.now();
      const status = await this.#pullWithAny(request, image);
      const took = formatSeconds(clock.now() - startedAtMs);
      const inAll = formatSeconds(clock.now() - askedAtMs);
      const pulled = `Successfully pulled image "${requested}" in ${took}`;
      const size = `Image size: ${status.sizeBytes} bytes.`;
      record('Normal', 'Pulled', `${pulled} (${inAll} including waiting). ${size}`);
      pull.status = status;
      pull.phase = 'pulled';
    })
      .catch((error: unknown) => {
        const now = clock.now();
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

  /** With the first of the credentials that will do; when none does, all that was said counts. */
  async #pullWithAny(request: ImageRequest, image: string): Promise<ImageStatus> {
    const { signal } = this.#abort;
    const { runtime, onPulled } = this.#deps;
    const [first, ...others] = request.credentials();
    const said = new Set<string>();
    for (const credentials of [first, ...others]) {
      try {
        const status = await runtime.pullImage(image, credentials, signal);
        onPulled(image, credentials);
        return status;
      } catch (error) {
        if (signal.aborted) throw error;
        said.add(error instanceof Error ? error.message : String(error));
      }
    }
    const all = [...said].join(', ');
    throw new Error(said.size === 1 ? all : `[${all}]`);
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
  const seconds = `${Math.round(durationMs % 60_000) / 1000}s`;
  return minutes === 0 ? seconds : `${minutes}m${seconds}`;
}
