import { setCondition } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { EventRecord } from '../planner.ts';
import type { Autoscaler } from './autoscaler-facts.ts';

export type ConditionType = 'AbleToScale' | 'ScalingActive' | 'ScalingLimited';

/** The conditions and events of one plan, in the order in which they are found. */
export class Verdict {
  readonly events: EventRecord[] = [];
  #conditions: readonly Condition[];
  readonly #autoscaler: Autoscaler;
  readonly #now: number;

  constructor(autoscaler: Autoscaler, now: number) {
    this.#autoscaler = autoscaler;
    this.#now = now;
    this.#conditions = autoscaler.status?.conditions ?? [];
  }

  get conditions(): readonly Condition[] {
    return this.#conditions;
  }

  /** Replaces the condition of this type. */
  say(type: ConditionType, status: 'True' | 'False', reason: string, message: string): void {
    const lastTransitionTime = formatTime(this.#now);
    this.#conditions = setCondition(this.#conditions, {
      type,
      status,
      reason,
      message,
      lastTransitionTime,
    });
  }

  warn(reason: string, message: string): void {
    this.events.push({ regarding: this.#autoscaler, type: 'Warning', reason, message });
  }
}
