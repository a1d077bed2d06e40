import type {
  CallExpression,
  ComprehensionExpression,
  Expression,
  IdentifierExpression,
  ListExpression,
  MapExpression,
  SelectExpression,
  StructExpression,
} from '../syntax/expression.ts';
import { walkExpression } from '../syntax/expression.ts';
import { lookUpEscaped } from '../identifiers.ts';
import type { Issue, Source } from '../syntax/source.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  ERROR,
  formatType,
  INT,
  isDyn,
  isDynOrError,
  isOptionalType,
  isSameType,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  parameterOf,
  STRING,
  UINT,
  type CelType,
} from '../types/cel-type.ts';
import { mostGeneral, Substitution } from '../types/substitution.ts';
import { Uint } from '../values/uint.ts';
import type { Value } from '../values/value.ts';
import type { FunctionDeclaration, FunctionTable, Overload } from '../library/declaration.ts';

/** What names mean: variables, types and functions. */
export interface CheckerScope {
  /** Type of a variable. */
  variable(name: string): CelType | undefined;
  /** Type and value of a name that is a type (`int`, `kubernetes.Quantity`). */
  typeConstant(name: string): { readonly type: CelType; readonly value: Value } | undefined;
  /** The type that a message literal of that name makes. */
  messageType(name: string): CelType | undefined;
  readonly functions: FunctionTable;
}

/** Name → type, innermost last. */
interface LocalScope {
  readonly name: string;
  readonly type: CelType;
}

/** Gives every node its type (cel-go checker/checker.go), gathering complaints on the way. */
class Checker {
  readonly #scope: CheckerScope;
  readonly #source: Source;
  readonly #locals: LocalScope[] = [];
  readonly substitution = new Substitution();
  readonly issues: Issue[] = [];

  constructor(scope: CheckerScope, source: Source) {
    this.#scope = scope;
    this.#source = source;
  }

  check(node: Expression): CelType {
    const type = this.#typeOf(node);
    node.type = type;
    return type;
  }

  #typeOf(node: Expression): CelType {
    switch (node.kind) {
      case 'literal':
        return literalType(node.value);
      case 'identifier':
        return this.#identifier(node);
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'struct':
        return this.#struct(node);
      case 'comprehension':
        return this.#comprehension(node);
    }
  }

  #report(offset: number, message: string): void {
    this.issues.push(this.#source.issueAt(offset, message));
  }

  #known(type: CelType): CelType {
    return this.substitution.apply(type, false);
  }

  #lookup(name: string): { type: CelType; constant?: Value } | undefined {
    const local = this.#locals.findLast((candidate) => candidate.name === name);
    if (local !== undefined) return { type: local.type };
    const variable = this.#scope.variable(name);
    if (variable !== undefined) return { type: variable };
    const constant = this.#scope.typeConstant(name);
    return constant && { type: constant.type, constant: constant.value };
  }

  #identifier(node: IdentifierExpression): CelType {
    const found = this.#lookup(node.name);
    if (found === undefined) {
      this.#undeclared(node.offset, node.name);
      return ERROR;
    }
    if (found.constant !== undefined) node.constant = found.constant;
    return found.type;
  }

  #undeclared(offset: number, name: string): void {
    this.#report(offset, `undeclared reference to '${name}' (in container '')`);
  }

  #select(node: SelectExpression): CelType {
    const path = qualifiedName(node);
    const found = path !== undefined && !node.testOnly ? this.#lookup(path) : undefined;
    if (found?.constant !== undefined) {
      node.constant = found.constant;
      return found.type;
    }
    if (found !== undefined && path !== undefined) {
      // A variable whose name has dots (`authorizer.requestResource`) goes before the fields of others.
      Object.assign(node, { kind: 'identifier', name: path });
      return found.type;
    }
    const selected = this.#selectField(node, node.operand, node.field, false);
    return node.testOnly ? BOOL : this.#known(selected);
  }

  #selectField(node: Expression, operand: Expression, field: string, optional: boolean): CelType {
    const operandType = this.#known(this.check(operand));
    const isOptional = isOptionalType(operandType);
    const target = isOptional ? this.#known(parameterOf(operandType, 0)) : operandType;
    let result: CelType = DYN;
    switch (target.kind) {
      case 'map':
        result = parameterOf(target, 1);
        break;
      case 'struct': {
        const declared = lookUpEscaped(target.fields, field);
        if (declared === undefined) this.#report(node.offset, `undefined field '${field}'`);
        result = declared?.type ?? ERROR;
        break;
      }
      case 'typeParam':
        this.substitution.isAssignable(DYN, target);
        break;
      default:
        if (!isDynOrError(target)) {
          const message = `type '${formatType(target)}' does not support field selection`;
          this.#report(node.offset, message);
        }
    }
    return isOptional || optional ? optionalOf(result) : result;
  }

  #call(node: CallExpression): CelType {
    if (node.functionName === '_?._') return this.#optionalSelect(node);
    const argTypes = node.args.map((arg) => this.check(arg));
    if (node.functionName === '_&&_' || node.functionName === '_||_') {
      for (const arg of node.args) this.#assertType(arg, BOOL);
      node.overloads = [node.functionName === '_&&_' ? 'logical_and' : 'logical_or'];
      return BOOL;
    }
    if (node.target === undefined) {
      const declaration = this.#scope.functions.get(node.functionName);
      if (declaration === undefined) {
        this.#undeclared(node.offset, node.functionName);
        return ERROR;
      }
      return this.#resolve(node, declaration, argTypes, false);
    }
    const prefix = qualifiedName(node.target);
    const namespaced =
      prefix === undefined
        ? undefined
        : this.#scope.functions.get(`${prefix}.${node.functionName}`);
    if (namespaced !== undefined) {
      node.functionName = namespaced.name;
      node.target = undefined;
      return this.#resolve(node, namespaced, argTypes, false);
    }
    const targetType = this.check(node.target);
    const declaration = this.#scope.functions.get(node.functionName);
    if (declaration === undefined) {
      this.#undeclared(node.offset, node.functionName);
      return ERROR;
    }
    return this.#resolve(node, declaration, [targetType, ...argTypes], true);
  }

  #optionalSelect(node: CallExpression): CelType {
    const [operand, field] = node.args;
    if (operand === undefined || field?.kind !== 'literal') return ERROR;
    if (typeof field.value !== 'string') return ERROR;
    node.overloads = ['select_optional_field'];
    field.type = STRING;
    return this.#known(this.#selectField(node, operand, field.value, true));
  }

  #resolve(
    node: CallExpression,
    declaration: FunctionDeclaration,
    argTypes: readonly CelType[],
    isMember: boolean,
  ): CelType {
    let result: CelType | undefined;
    const matching: string[] = [];
    for (const overload of declaration.overloads) {
      if (overload.isMember !== isMember || overload.params.length !== argTypes.length) continue;
      const { params, result: declared } = this.#instantiate(overload);
      if (!this.substitution.isAssignableList(argTypes, params)) continue;
      matching.push(overload.id);
      const known = this.#known(declared);
      if (result === undefined) result = known;
      else if (!isDyn(result) && !isSameType(result, known)) result = DYN;
    }
    if (result === undefined) {
      const shown = argTypes.map((type) => formatType(this.substitution.apply(type, true)));
      const target = isMember ? `${shown.shift() ?? ''}.` : '';
      this.#report(
        node.offset,
        `found no matching overload for '${declaration.name}' applied to '${target}(${shown.join(', ')})'`,
      );
      return ERROR;
    }
    node.overloads = matching;
    return result;
  }

  #instantiate(overload: Overload): { params: readonly CelType[]; result: CelType } {
    const rename = this.substitution.newRenaming();
    return { params: overload.params.map(rename), result: rename(overload.result) };
  }

  #list(node: ListExpression): CelType {
    let element: CelType | undefined;
    node.elements.forEach((child, i) => {
      const type = this.check(child);
      element = this.#join(element, this.#elementType(child, type, node.optionalIndices.has(i)));
    });
    return listOf(element ?? this.substitution.newVariable());
  }

  /** Type of an element or entry; that of its value where it was written with `?`. */
  #elementType(child: Expression, type: CelType, optional: boolean): CelType {
    if (!optional) return type;
    const known = this.#known(type);
    if (isOptionalType(known)) return parameterOf(known, 0);
    if (isDyn(known)) return DYN;
    const expected = formatType(optionalOf(known));
    this.#report(child.offset, `expected type '${expected}' but found '${formatType(known)}'`);
    return ERROR;
  }

  #map(node: MapExpression): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of node.entries) {
      key = this.#join(key, this.check(entry.key));
      const type = this.check(entry.value);
      value = this.#join(value, this.#elementType(entry.value, type, entry.optional));
    }
    return mapOf(key ?? this.substitution.newVariable(), value ?? this.substitution.newVariable());
  }

  /** The most general of the types so far; dyn where they have nothing in common. */
  #join(before: CelType | undefined, next: CelType): CelType {
    if (before === undefined) return next;
    return this.substitution.isAssignable(before, next) ? mostGeneral(before, next) : DYN;
  }

  #struct(node: StructExpression): CelType {
    const found = this.#scope.messageType(node.typeName);
    if (found === undefined) {
      const constant = this.#scope.typeConstant(node.typeName);
      if (constant === undefined) this.#undeclared(node.offset, node.typeName);
      else this.#report(node.offset, `'${node.typeName}' is not a message type`);
    }
    for (const field of node.fields) {
      const type = this.check(field.value);
      if (found === undefined) continue;
      const declared = found.fields?.get(field.name)?.type;
      if (declared === undefined) {
        this.#report(field.offset, `undefined field '${field.name}'`);
        continue;
      }
      const given = this.#elementType(field.value, type, field.optional);
      if (this.substitution.isAssignable(declared, given)) continue;
      const message = `expected type of field '${field.name}' is '${formatType(declared)}' but provided type is '${formatType(given)}'`;
      this.#report(field.offset, message);
    }
    return found ?? ERROR;
  }

  #comprehension(node: ComprehensionExpression): CelType {
    const range = this.#known(this.check(node.range));
    const accumulator = this.check(node.initial);
    const { first, second } = this.#iterationTypes(node, range);

    this.#locals.push({ name: node.accumulator, type: accumulator });
    this.#locals.push({ name: node.variable, type: first });
    if (node.variable2 !== undefined) this.#locals.push({ name: node.variable2, type: second });
    this.check(node.condition);
    this.#assertType(node.condition, BOOL);
    this.check(node.step);
    this.#assertType(node.step, accumulator);
    if (node.variable2 !== undefined) this.#locals.pop();
    this.#locals.pop();
    const result = this.check(node.result);
    this.#locals.pop();
    return this.#known(result);
  }

  #iterationTypes(
    node: ComprehensionExpression,
    range: CelType,
  ): { first: CelType; second: CelType } {
    const isPair = node.variable2 !== undefined;
    switch (range.kind) {
      case 'list': {
        const element = parameterOf(range, 0);
        return { first: isPair ? INT : element, second: element };
      }
      case 'map':
        return { first: parameterOf(range, 0), second: parameterOf(range, 1) };
      case 'dyn':
      case 'error':
        return { first: DYN, second: DYN };
      case 'typeParam':
        this.substitution.isAssignable(DYN, range);
        return { first: DYN, second: DYN };
      default: {
        const message = `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        this.#report(node.range.offset, message);
        return { first: ERROR, second: ERROR };
      }
    }
  }

  #assertType(node: Expression, type: CelType): void {
    const found = node.type ?? ERROR;
    if (this.substitution.isAssignable(type, found)) return;
    const message = `expected type '${formatType(type)}' but found '${formatType(found)}'`;
    this.#report(node.offset, message);
  }
}

function literalType(value: Value): CelType {
  if (value === null) return NULL;
  switch (typeof value) {
    case 'boolean':
      return BOOL;
    case 'bigint':
      return INT;
    case 'number':
      return DOUBLE;
    case 'string':
      return STRING;
    default:
      return value instanceof Uint ? UINT : BYTES;
  }
}

/** `a.b.c` as a name, or undefined where the expression is more than that. */
function qualifiedName(node: Expression): string | undefined {
  if (node.kind === 'identifier') return node.name;
  if (node.kind !== 'select' || node.testOnly) return undefined;
  const prefix = qualifiedName(node.operand);
  return prefix === undefined ? undefined : `${prefix}.${node.field}`;
}

/**
 * Types every node of the tree, in place. Returns the complaints; types are complete only without any.
 */
export function checkExpression(root: Expression, scope: CheckerScope, source: Source): Issue[] {
  const checker = new Checker(scope, source);
  checker.check(root);
  if (checker.issues.length > 0) return checker.issues;
  walkExpression(root, (node) => {
    node.type = checker.substitution.apply(node.type ?? DYN, true);
  });
  return [];
}
