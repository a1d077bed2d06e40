import { ErrorValue, isError } from '../values/error-value.ts';
import { ArrayList, GrowingList, ListValue } from '../values/list-value.ts';
import { EntryMap, MapValue } from '../values/map-value.ts';
import { runtimeType } from '../values/type-value.ts';
import type { Value } from '../values/value.ts';
import type { Evaluate, Frame } from './frame.ts';

/** A comprehension with its parts planned. Variables are slots. */
export interface Fold {
  readonly range: Evaluate;
  readonly initial: Evaluate;
  /** The initial value where it is a constant: an empty list or map is what the fold collects into. */
  readonly collects: Value | undefined;
  /** Constant conditions are not evaluated, so they are their value. */
  readonly condition: Value | Evaluate;
  readonly step: Evaluate;
  readonly result: Evaluate;
  readonly accumulator: number;
  readonly variable: number;
  readonly variable2: number | undefined;
}

/** A fresh accumulator: one that grows in place where collecting would else copy at each step. */
function initialValue(fold: Fold, frame: Frame): Value {
  if (fold.collects instanceof ListValue && fold.collects.size === 0) return new GrowingList();
  if (fold.collects instanceof MapValue && fold.collects.size === 0) return new EntryMap();
  return fold.initial(frame);
}

/** The program of a fold (cel-go `evalFold`): for each element, until the condition is false, the step. */
export function planFold(fold: Fold): Evaluate {
  const { condition, accumulator } = fold;
  const isNeverEntered = condition === false;
  const mayContinue =
    typeof condition === 'function'
      ? (frame: Frame): boolean => condition(frame) !== false
      : (): boolean => true;
  const forEach = fold.variable2 === undefined ? forEachElement : forEachPair;

  return (frame) => {
    const range = fold.range(frame);
    if (isError(range)) return range;
    if (!(range instanceof ListValue || range instanceof MapValue)) {
      return new ErrorValue(`got '${runtimeType(range).name}', expected iterable type`);
    }
    frame.slots[accumulator] = initialValue(fold, frame);
    if (!isNeverEntered) {
      forEach(range, fold, frame, () => {
        if (!mayContinue(frame)) return false;
        frame.slots[accumulator] = fold.step(frame);
        return true;
      });
    }
    const result = fold.result(frame);
    // From here on it may be seen twice, so appending must no longer change it.
    return result instanceof GrowingList ? new ArrayList(result.toArray()) : result;
  };
}

type ForEach = (
  range: ListValue | MapValue,
  fold: Fold,
  frame: Frame,
  visit: () => boolean,
) => void;

const forEachElement: ForEach = (range, { variable }, { slots }, visit) => {
  if (range instanceof ListValue) {
    for (let i = 0; i < range.size; i++) {
      slots[variable] = range.get(i);
      if (!visit()) return;
    }
    return;
  }
  for (const key of range.keys()) {
    slots[variable] = key;
    if (!visit()) return;
  }
};

const forEachPair: ForEach = (range, { variable, variable2 = -1 }, { slots }, visit) => {
  if (range instanceof ListValue) {
    for (let i = 0; i < range.size; i++) {
      slots[variable] = BigInt(i);
      slots[variable2] = range.get(i);
      if (!visit()) return;
    }
    return;
  }
  for (const key of range.keys()) {
    slots[variable] = key;
    slots[variable2] = range.find(key) ?? null;
    if (!visit()) return;
  }
};
