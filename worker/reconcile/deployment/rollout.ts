import type { Deployment, ReplicaSet } from '../kinds.ts';
import type { Plan, Write } from '../planner.ts';

/** What the steps of a plan work on, found and claimed before any of them runs. */
export interface Rollout {
  readonly deployment: Deployment;
  /** The ReplicaSet with the current template, or null while there is none. */
  readonly current: ReplicaSet | null;
  /** All others, oldest first. */
  readonly old: readonly ReplicaSet[];
  /** Whether pods of an old ReplicaSet may still be running; asked for Recreate only. */
  readonly oldPodsRunning: boolean;
  readonly lastFailure: { readonly reason: string; readonly message: string } | null;
}

/** What one step says: writes to make, and whether the steps after it still run. */
export interface StepResult {
  readonly writes: readonly Write[];
  readonly next: 'continue' | 'stop';
}

export const CONTINUE: StepResult = { writes: [], next: 'continue' };

/** Stops the plan here if there is anything to write: the next plan starts from what it led to. */
export function stopAfter(writes: readonly Write[]): StepResult {
  return writes.length === 0 ? CONTINUE : { writes, next: 'stop' };
}

export type Step = (rollout: Rollout, now: number) => StepResult;

export function allReplicaSets({ current, old }: Rollout): readonly ReplicaSet[] {
  return current === null ? old : [...old, current];
}

export type StatusPlan = Pick<Plan, 'requeueAfterMs'> & { readonly writes: readonly Write[] };
