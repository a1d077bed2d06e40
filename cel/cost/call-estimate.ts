import type { CelType } from '../types/cel-type.ts';
import { isSameType } from '../types/cel-type.ts';
import {
  AUTHORIZATION_COST,
  LIST_CREATE_COST,
  MAX_FORMAT_PATTERN_SIZE,
  MAX_FORMAT_SIZE,
  NOMINAL_FUNCTIONS,
  PATTERN_FACTOR,
  REQUIREMENT_COST,
  REQUIREMENTS_PER_CHARACTER,
  TRAVERSAL_FACTOR,
} from './constants.ts';
import {
  sizeOfNode,
  type CallEstimate,
  type EstimateNode,
  type SizeEstimator,
} from './estimate-node.ts';
import { fixed, MAX_UINT64, plus, scale, times, UNKNOWN, ZERO, type Range } from './range.ts';

/** A call that Kubernetes' estimator is asked about. */
export interface EstimatedCall {
  readonly functionName: string;
  readonly overload: string;
  readonly target: EstimateNode | undefined;
  readonly args: readonly EstimateNode[];
  readonly estimator: SizeEstimator;
}

type Rule = (call: EstimatedCall) => CallEstimate | undefined;

const ONE: CallEstimate = { cost: fixed(1) };

const traverse = (size: Range): Range => scale(size, TRAVERSAL_FACTOR);

const argumentSize = ({ args, estimator }: EstimatedCall, index: number): Range => {
  const node = args[index];
  return node === undefined ? UNKNOWN : sizeOfNode(node, estimator);
};

/** Rules that apply only to members know the target's size. */
const onTarget =
  (rule: (size: Range, call: EstimatedCall, target: EstimateNode) => CallEstimate): Rule =>
  (call) =>
    call.target && rule(sizeOfNode(call.target, call.estimator), call, call.target);

const onArgument =
  (factor = 1): Rule =>
  (call) => ({ cost: scale(argumentSize(call, 0), factor * TRAVERSAL_FACTOR) });

function elementNode(list: EstimateNode): EstimateNode | undefined {
  const [type] = list.type.parameters;
  if (type === undefined) return undefined;
  const path = list.path && [...list.path, '@items'];
  return { path, type, expression: undefined, computedSize: undefined };
}

const isText = ({ kind }: CelType): boolean => kind === 'string' || kind === 'bytes';

/** One unit per element, and the text of elements that are text; of a string, its text. */
const listTraversal = onTarget((size, { estimator }, target) => {
  const element = elementNode(target);
  if (element === undefined) return { cost: traverse(size) };
  const each = isText(element.type)
    ? plus(fixed(1), traverse(sizeOfNode(element, estimator)))
    : fixed(1);
  return { cost: times(size, each) };
});

const sameSize = onTarget((size) => ({ cost: traverse(size), resultSize: size }));

const ceilDivide = (a: bigint, b: bigint): bigint => BigInt(Math.ceil(Number(a) / Number(b)));

function replaceEstimate(call: EstimatedCall): CallEstimate | undefined {
  if (call.target === undefined || call.args.length < 2) return undefined;
  const size = sizeOfNode(call.target, call.estimator);
  const old = argumentSize(call, 0);
  const replacement = argumentSize(call, 1);
  /** How often a replacement goes in, and how much of the text stays. */
  const longest = (): { count: bigint; retained: bigint } => {
    if (old.min === 0n) {
      return { count: size.max < MAX_UINT64 ? size.max + 1n : size.max, retained: size.max };
    }
    if (replacement.max <= old.min) return { count: 0n, retained: size.max };
    return { count: ceilDivide(size.max, old.min), retained: 0n };
  };
  const shortest = (): { count: bigint; retained: bigint } => {
    if (old.max === 0n) return { count: size.min + 1n, retained: size.min };
    if (old.max <= replacement.min) return { count: 0n, retained: size.min };
    return { count: ceilDivide(size.min, old.max), retained: 0n };
  };
  const most = longest();
  const least = shortest();
  const counts = { min: least.count, max: most.count };
  const resultSize = plus(times(counts, replacement), { min: least.retained, max: most.retained });
  return { cost: scale(size, 2 * TRAVERSAL_FACTOR), resultSize };
}

const splitEstimate = onTarget((size, { args }) => {
  const limit = args[1]?.expression;
  const isLiteral = limit?.kind === 'literal' && typeof limit.value === 'bigint';
  const max = isLiteral ? BigInt.asUintN(64, limit.value) : size.max;
  return { cost: scale(size, 2 * TRAVERSAL_FACTOR), resultSize: { min: 0n, max } };
});

const joinEstimate = onTarget((listSize, call, target) => {
  const element = elementNode(target);
  let size = element === undefined ? ZERO : times(listSize, sizeOfNode(element, call.estimator));
  if (call.args.length > 0) {
    const separators = {
      min: listSize.min > 0n ? listSize.min - 1n : 0n,
      max: listSize.max > 0n ? listSize.max - 1n : 0n,
    };
    size = plus(size, times(argumentSize(call, 0), separators));
  }
  return { cost: traverse(size), resultSize: size };
});

const findEstimate = onTarget((size, call) => {
  if (call.args.length === 0) return ONE;
  const text = traverse(plus(size, fixed(1)));
  const pattern = scale(argumentSize(call, 0), PATTERN_FACTOR);
  return { cost: times(text, pattern), resultSize: { min: 0n, max: size.max } };
});

/** Bytes of an address. */
const ADDRESS_SIZE: Range = { min: 4n, max: 16n };

const containsEstimate: Rule = (call) => {
  if (call.target === undefined || call.args.length === 0) return undefined;
  let cost = traverse(plus(ADDRESS_SIZE, ADDRESS_SIZE));
  if (call.functionName === 'containsCIDR') {
    cost = plus(plus(cost, traverse(ADDRESS_SIZE)), fixed(1));
  }
  if (call.overload.endsWith('_string')) cost = plus(cost, traverse(argumentSize(call, 0)));
  return { cost };
};

const selectorEstimate: Rule = (call) => {
  if (call.args.length !== 1) return undefined;
  const length = argumentSize(call, 0);
  const requirements = scale(scale(length, REQUIREMENTS_PER_CHARACTER), REQUIREMENT_COST);
  return { cost: plus(plus(fixed(LIST_CREATE_COST), traverse(length)), requirements) };
};

const validateEstimate: Rule = (call) =>
  call.target && {
    cost: scale(traverse(argumentSize(call, 0)), MAX_FORMAT_PATTERN_SIZE * PATTERN_FACTOR),
  };

const NOMINAL_EQUALITY: ReadonlySet<string> = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  'kubernetes.authorization.Authorizer',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck',
  'kubernetes.authorization.Decision',
]);

const equalityEstimate: Rule = ({ args: [left, right] }) => {
  if (left === undefined || right === undefined || !isSameType(left.type, right.type))
    return undefined;
  const { name } = left.type;
  if (NOMINAL_EQUALITY.has(name)) return ONE;
  if (name === 'kubernetes.NamedFormat') {
    return { cost: traverse({ min: 1n, max: BigInt(MAX_FORMAT_SIZE) }) };
  }
  if (name === 'kubernetes.URL') {
    // Upstream looks at the right side only.
    return { cost: traverse({ min: 1n, max: right.computedSize?.max ?? 1n }) };
  }
  return undefined;
};

const ipEstimate: Rule = (call) => (call.overload === 'cidr_ip' ? ONE : onArgument()(call));

const sizeOfArgument: Rule = (call) => {
  if (call.args.length !== 1) return undefined;
  const size = argumentSize(call, 0);
  return { cost: traverse(size), resultSize: size };
};

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['check', () => ({ cost: fixed(AUTHORIZATION_COST) })],
  ['fieldSelector', selectorEstimate],
  ['labelSelector', selectorEstimate],
  ...['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map((name): [string, Rule] => [
    name,
    listTraversal,
  ]),
  ['url', sizeOfArgument],
  ['jsonpatch.escapeKey', sizeOfArgument],
  ...['lowerAscii', 'upperAscii', 'substring', 'trim'].map((name): [string, Rule] => [
    name,
    sameSize,
  ]),
  ['replace', replaceEstimate],
  ['split', splitEstimate],
  ['join', joinEstimate],
  ['find', findEstimate],
  ['findAll', findEstimate],
  ...['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver'].map(
    (name): [string, Rule] => [name, onArgument()],
  ),
  ['ip', ipEstimate],
  ['ip.isCanonical', onArgument(2)],
  ['containsIP', containsEstimate],
  ['containsCIDR', containsEstimate],
  ['validate', validateEstimate],
  ['_==_', equalityEstimate],
]);

/** What Kubernetes' own estimator says of a call (apiserver pkg/cel/library/cost.go), if anything. */
export function kubernetesCallEstimate(call: EstimatedCall): CallEstimate | undefined {
  if (NOMINAL_FUNCTIONS.has(call.functionName)) return ONE;
  return RULES.get(call.functionName)?.(call);
}
