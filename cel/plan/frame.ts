import type { Value } from '../values/value.ts';

/** What one evaluation may cost at most, in upstream's abstract units (apiserver `PerCallLimit`). */
export const PER_CALL_COST_LIMIT = 1_000_000;

/** Ends an evaluation that costs too much. Not an error of the expression, which `||` could swallow. */
export class CostLimitExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
    this.name = 'CostLimitExceeded';
  }
}

/** The state of one evaluation. */
export class Frame {
  /** Variables of the expression and of its comprehensions, by slot; undefined where there is none. */
  readonly slots: (Value | undefined)[];
  readonly #costLimit: number;
  cost = 0;

  constructor(slots: (Value | undefined)[], costLimit: number) {
    this.slots = slots;
    this.#costLimit = costLimit;
  }

  /** Throws CostLimitExceeded once more is spent than the limit. */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#costLimit) throw new CostLimitExceeded();
  }
}

/** A part of a program. */
export type Evaluate = (frame: Frame) => Value;
