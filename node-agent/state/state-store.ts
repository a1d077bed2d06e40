import type { DesiredFrame } from '../sync/desired-state.ts';
import { DesiredState } from '../sync/desired-state.ts';
import type { PodRecord } from '../sync/pod-worker-deps.ts';
import type { StoredTokens } from '../sync/pod-tokens.ts';

export interface StoredState {
  readonly desired: DesiredState;
  readonly records: Map<string, PodRecord>;
  /** By pod UID. */
  readonly tokens: Map<string, StoredTokens>;
}

/** What a node remembers over a restart of its agent. */
export interface StateStore {
  /** What was stored; an empty, unconfirmed state at first. */
  load(): Promise<StoredState>;
  /** Resolves once the frame is as safe as the store makes things. `state` has it applied. */
  saveDesired(frame: DesiredFrame, state: DesiredState): Promise<void>;
  /** Kept soon; undefined forgets. */
  saveRecord(podUID: string, record: PodRecord | undefined): void;
  /** Kept soon; undefined forgets. */
  saveTokens(podUID: string, tokens: StoredTokens | undefined): void;
  /** Resolves once all that was to be kept is kept. */
  close(): Promise<void>;
}

/** For simulated nodes: nothing outlives the process. */
export const memoryStateStore = (): StateStore => ({
  load: async () => ({ desired: new DesiredState(), records: new Map(), tokens: new Map() }),
  saveDesired: async () => undefined,
  saveRecord: () => undefined,
  saveTokens: () => undefined,
  close: async () => undefined,
});
