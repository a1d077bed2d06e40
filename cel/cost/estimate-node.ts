import type { Expression } from '../syntax/expression.ts';
import type { CelType } from '../types/cel-type.ts';
import { UNKNOWN, type Range } from './range.ts';

/**
 * Tells how large a node of the input may be (code points, bytes, items or properties), undefined
 * where it is not known. The path starts with a variable; further elements are field names and
 * `@items`, `@keys`, `@values`, `@indices`. Values that no path leads to have none.
 */
export type SizeEstimator = (
  path: readonly string[] | undefined,
  type: CelType,
) => Range | undefined;

/** A target or argument, as the rules for calls see it. */
export interface EstimateNode {
  readonly path: readonly string[] | undefined;
  readonly type: CelType;
  /** Absent for the elements of a list, which are no node of their own. */
  readonly expression: Expression | undefined;
  /** Size as far as the expression itself tells it. */
  readonly computedSize: Range | undefined;
}

/** What a call costs besides its operands, and how large its result is if that is a container or text. */
export interface CallEstimate {
  readonly cost: Range;
  readonly resultSize?: Range;
}

/** Size of a node from the expression, else from the estimator, else anything. */
export const sizeOfNode = (node: EstimateNode, estimator: SizeEstimator): Range =>
  node.computedSize ?? estimator(node.path, node.type) ?? UNKNOWN;
