import { PATTERN_FACTOR, TRAVERSAL_FACTOR } from './constants.ts';
import type { CallEstimate, EstimateNode } from './estimate-node.ts';
import { fixed, plus, scale, times, union, UNKNOWN, ZERO, type Range } from './range.ts';

/** Costs of the arguments, without that of the target. */
export type OperandCosts = readonly Range[];

const sizeOf = (node: EstimateNode | undefined): Range => node?.computedSize ?? UNKNOWN;
const traverse = (size: Range): Range => scale(size, TRAVERSAL_FACTOR);

/** Text relations and equality look at no more than the smaller operand. */
const COMPARISONS = new Set([
  ...['less', 'less_equals', 'greater', 'greater_equals'].flatMap((word) => [
    `${word}_string`,
    `${word}_bytes`,
  ]),
  'equals',
  'not_equals',
]);

function compareEstimate([left, right]: readonly EstimateNode[]): Range {
  const a = sizeOf(left).max;
  const b = sizeOf(right).max;
  const max = a < b ? a : b;
  return traverse({ min: max > 0n ? 1n : 0n, max });
}

/** What cel-go itself says of a call, operands included (checker/cost.go `functionCost`). */
export function standardCallEstimate(
  overload: string,
  target: EstimateNode | undefined,
  args: readonly EstimateNode[],
  costs: OperandCosts,
): CallEstimate {
  const withOperands = (cost: Range, resultSize?: Range): CallEstimate => ({
    cost: costs.reduce(plus, cost),
    ...(resultSize && { resultSize }),
  });
  const [first, second, third] = args;
  const size = sizeOf(first);
  if (COMPARISONS.has(overload)) return withOperands(compareEstimate(args));
  switch (overload) {
    case 'string_format':
      return withOperands(traverse(sizeOf(target)), plus(sizeOf(target), size));
    case 'string_to_bytes':
      return withOperands(traverse(size), { min: size.min, max: wrap(size.max * 4n) });
    case 'bytes_to_string':
      return withOperands(traverse(size), { min: size.min / 4n, max: size.max });
    case 'strings_quote':
      return withOperands(traverse(size), {
        min: wrap(size.min + 2n),
        max: wrap(size.max * 2n + 2n),
      });
    case 'starts_with_string':
    case 'ends_with_string':
      return withOperands(traverse(size));
    case 'in_list':
      return withOperands(scale(sizeOf(second), 1));
    case 'matches_string':
      return withOperands(
        times(traverse(plus(sizeOf(target), fixed(1))), scale(size, PATTERN_FACTOR)),
      );
    case 'contains_string':
      return withOperands(times(traverse(sizeOf(target)), traverse(size)));
    case 'logical_or':
    case 'logical_and': {
      const [left = ZERO, right = ZERO] = costs;
      return { cost: { min: left.min, max: plus(left, right).max } };
    }
    case 'conditional': {
      const [condition = ZERO, truthy = ZERO, falsy = ZERO] = costs;
      return {
        cost: plus(condition, union(truthy, falsy)),
        resultSize: union(sizeOf(second), sizeOf(third)),
      };
    }
    case 'add_list':
      return withOperands(fixed(1), plus(size, sizeOf(second)));
    case 'add_string':
    case 'add_bytes': {
      const sum = plus(size, sizeOf(second));
      return withOperands(traverse(sum), sum);
    }
    default:
      return withOperands(fixed(1));
  }
}

/** Upstream multiplies these without looking for overflow. */
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
