import { LIST_CREATE_COST, SET_FACTORS, TRAVERSAL_FACTOR } from './constants.ts';
import type { EstimatedCall } from './call-estimate.ts';
import { sizeOfNode, type CallEstimate, type EstimateNode } from './estimate-node.ts';
import { fixed, MAX_UINT64, plus, scale, times, type Range } from './range.ts';

/** A call that makes a list of that size. */
const allocating = (factor: number, size: Range): CallEstimate => ({
  cost: plus(plus(scale(size, factor), fixed(1)), fixed(LIST_CREATE_COST)),
  resultSize: size,
});

/** The number that an argument is, where it is a literal of one that is not negative. */
function literalNumber(node: EstimateNode | undefined, otherwise: bigint): bigint {
  const expression = node?.expression;
  if (expression?.kind !== 'literal' || typeof expression.value !== 'bigint') return otherwise;
  return expression.value < 0n ? 0n : expression.value;
}

/** Every element against every other. */
function selfComparison(size: Range, isText: boolean): CallEstimate {
  return allocating(isText ? 2 + TRAVERSAL_FACTOR : 2, times(size, size));
}

/** Estimates of the lists and sets extensions (cel-go ext/lists.go, ext/sets.go), by overload. */
export function extensionCallEstimate(call: EstimatedCall): CallEstimate | undefined {
  const { target, args, estimator, overload } = call;
  const factor = SET_FACTORS.get(overload);
  if (factor !== undefined) {
    const [left, right] = args;
    if (left === undefined || right === undefined) return undefined;
    const product = times(sizeOfNode(left, estimator), sizeOfNode(right, estimator));
    return { cost: plus(scale(product, factor), fixed(1)) };
  }
  if (overload === 'lists_range') return allocating(1, fixed(literalNumber(args[0], MAX_UINT64)));
  if (target === undefined) return undefined;
  const keys = overload.endsWith('_sortByAssociatedKeys') ? args[0] : target;
  if (keys !== undefined && /_sort(?:ByAssociatedKeys)?$/.test(overload)) {
    return selfComparison(sizeOfNode(keys, estimator), /^list_(?:string|bytes)_/.test(overload));
  }
  const size = sizeOfNode(target, estimator);
  switch (overload) {
    case 'list_slice': {
      const start = literalNumber(args[0], 0n);
      const end = literalNumber(args[1], size.max);
      return allocating(1, fixed(BigInt.asUintN(64, end - start)));
    }
    case 'list_flatten':
      return allocating(1, size);
    case 'list_flatten_int':
      return allocating(Number(literalNumber(args[0], MAX_UINT64)), size);
    case 'list_reverse':
      return allocating(1, size);
    case 'list_distinct': {
      const element = target.type.parameters[0]?.kind;
      return selfComparison(size, element === 'string' || element === 'bytes');
    }
    default:
      return undefined;
  }
}
