import type { EventText, Write } from '../planner.ts';

/** What is to be done about one replica, and whether others have to wait for it. */
export interface Step {
  readonly writes: readonly Write[];
  readonly event?: EventText;
  /** `wait` ends an ordered run here; `fail` ends any kind of run once all had their turn. */
  readonly next: 'continue' | 'wait' | 'fail';
}

export const CONTINUE: Step = { writes: [], next: 'continue' };
export const WAIT: Step = { writes: [], next: 'wait' };

export interface Run {
  readonly writes: readonly Write[];
  readonly events: readonly EventText[];
  /** Whether later steps of the plan have to wait. */
  readonly ended: boolean;
}

/** Takes the items in turn. An ordered run ends with the first that has to be waited for. */
export function runSteps<T>(
  items: readonly T[],
  isOrdered: boolean,
  stepFor: (item: T) => Step,
): Run {
  const writes: Write[] = [];
  const events: EventText[] = [];
  let ended = false;
  for (const item of items) {
    const step = stepFor(item);
    writes.push(...step.writes);
    if (step.event !== undefined) events.push(step.event);
    ended ||= step.next === 'fail' || (isOrdered && step.next === 'wait');
    if (ended && isOrdered) break;
  }
  return { writes, events, ended };
}
