import { compilePattern } from '../library/pattern.ts';
import { toDuration, toTimestamp } from '../library/conversions.ts';
import {
  FormatError,
  parseFormat,
  type Clause,
  type ClauseKind,
} from '../library/format-clauses.ts';
import { CLAUSE_COMPLAINTS } from '../library/string-format.ts';
import { walkExpression, type CallExpression, type Expression } from '../syntax/expression.ts';
import type { Issue, Source } from '../syntax/source.ts';
import {
  DYN,
  formatType,
  isOptionalType,
  isSameType,
  parameterOf,
  type CelType,
  type TypeKind,
} from '../types/cel-type.ts';
import { ErrorValue } from '../values/error-value.ts';
import type { Value } from '../values/value.ts';

type Report = (offset: number, message: string) => void;

/** Literals whose parsing is bound to fail at runtime. */
function validateLiterals(node: CallExpression, report: Report): void {
  const check = (
    name: string,
    argument: Expression | undefined,
    parse: (value: Value) => Value,
  ) => {
    if (node.functionName !== name || argument?.kind !== 'literal') return;
    if (parse(argument.value) instanceof ErrorValue) {
      report(argument.offset, `invalid ${name} argument`);
    }
  };
  if (node.target === undefined && node.args.length === 1) {
    check('duration', node.args[0], toDuration);
    check('timestamp', node.args[0], toTimestamp);
  }
  const pattern = node.args[node.target === undefined ? 1 : 0];
  check('matches', pattern, (value) =>
    typeof value === 'string' && compilePattern(value) instanceof ErrorValue
      ? new ErrorValue('')
      : null,
  );
}

/** Elements, keys and values of literals must be of one type each, though the checker would take more. */
function validateAggregate(node: Expression, report: Report): void {
  const requireSame = (members: readonly (readonly [Expression, boolean])[]): void => {
    let expected: CelType | undefined;
    for (const [member, isOptional] of members) {
      const type = member.type ?? DYN;
      const given = isOptional && isOptionalType(type) ? parameterOf(type, 0) : type;
      expected ??= given;
      if (isSameType(expected, given)) continue;
      const message = `expected type '${formatType(expected)}' but found '${formatType(given)}'`;
      report(member.offset, message);
      return;
    }
  };
  if (node.kind === 'list') {
    requireSame(node.elements.map((element, i) => [element, node.optionalIndices.has(i)]));
  } else if (node.kind === 'map') {
    requireSame(node.entries.map(({ key }) => [key, false]));
    requireSame(node.entries.map(({ value, optional }) => [value, optional]));
  }
}

const CLAUSE_TYPES: Readonly<Record<ClauseKind, readonly TypeKind[]>> = {
  s: [
    'list',
    'map',
    'int',
    'uint',
    'double',
    'bool',
    'string',
    'timestamp',
    'bytes',
    'duration',
    'type',
    'null',
  ],
  d: ['int', 'uint'],
  // Text for NaN and the infinities.
  f: ['double', 'string'],
  e: ['double', 'string'],
  b: ['int', 'uint', 'bool'],
  x: ['int', 'uint', 'string', 'bytes'],
  o: ['int', 'uint'],
};

/** The part of an argument that its clause cannot print; members of literals count for `%s`. */
function misfit(clause: Clause, argument: Expression): Expression | undefined {
  const { kind } = argument.type ?? DYN;
  if (kind !== 'dyn' && !CLAUSE_TYPES[clause.kind].includes(kind)) return argument;
  if (clause.kind !== 's') return undefined;
  const members =
    argument.kind === 'list'
      ? argument.elements
      : argument.kind === 'map'
        ? argument.entries.flatMap(({ key, value }) => [key, value])
        : [];
  for (const member of members) {
    const found = misfit(clause, member);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `'…'.format([…])` with both parts literal. */
function validateFormat(node: CallExpression, report: Report): void {
  const [list] = node.args;
  if (node.functionName !== 'format' || node.args.length !== 1 || list?.kind !== 'list') return;
  const { target } = node;
  if (target?.kind !== 'literal' || typeof target.value !== 'string') return;
  try {
    const clauses = parseFormat(target.value).filter((part) => typeof part !== 'string');
    for (const [i, clause] of clauses.entries()) {
      const argument = list.elements[i];
      if (argument === undefined) {
        report(node.offset, `index ${i} out of range`);
        return;
      }
      const bad = misfit(clause, argument);
      if (bad === undefined) continue;
      const complaint = `${CLAUSE_COMPLAINTS[clause.kind]}, was given ${(bad.type ?? DYN).name}`;
      report(bad.offset, `error during formatting: ${complaint}`);
      return;
    }
    const { length } = list.elements;
    if (length > clauses.length) {
      report(
        node.offset,
        `too many arguments supplied to string.format (expected ${clauses.length}, got ${length})`,
      );
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report(node.offset, error.message);
  }
}

/** Complaints about a well-typed tree that cel-go's AST validators have in Kubernetes' environment. */
export function validateExpression(root: Expression, source: Source): Issue[] {
  const issues: Issue[] = [];
  const report: Report = (offset, message) => issues.push(source.issueAt(offset, message));
  walkExpression(root, (node, ancestors) => {
    const isFormatted = ancestors.some(
      (ancestor) => ancestor.kind === 'call' && ancestor.functionName === 'format',
    );
    if (!isFormatted) validateAggregate(node, report);
    if (node.kind !== 'call') return;
    validateLiterals(node, report);
    validateFormat(node, report);
  });
  return issues;
}
