import {
  DYN,
  isDyn,
  isDynOrError,
  isSameType,
  parameterOf,
  typeParam,
  type CelType,
} from './cel-type.ts';

/**
 * What the type variables of one expression stand for, and the unification that finds it out
 * (cel-go checker/types.go). A failed attempt leaves no trace.
 */
export class Substitution {
  readonly #bindings = new Map<string, CelType>();
  /** What each binding was before, in the order of change, so that an attempt can be undone. */
  readonly #trail: { readonly name: string; readonly before: CelType | undefined }[] = [];
  #variables = 0;

  newVariable(): CelType {
    return typeParam(`_var${this.#variables++}`);
  }

  /** A function that renames type parameters to fresh variables, the same name to the same variable. */
  newRenaming(): (type: CelType) => CelType {
    const renamed = new Map<string, CelType>();
    const rename = (type: CelType): CelType => {
      if (type.kind === 'typeParam') {
        const known = renamed.get(type.name) ?? this.newVariable();
        renamed.set(type.name, known);
        return known;
      }
      if (type.parameters.length === 0) return type;
      return { ...type, parameters: type.parameters.map(rename) };
    };
    return rename;
  }

  /** The type with what is known of its variables; unknown ones become dyn when `toDyn`. */
  apply(type: CelType, toDyn: boolean): CelType {
    if (type.kind === 'typeParam') {
      const bound = this.#bindings.get(type.name);
      if (bound !== undefined) return this.apply(bound, toDyn);
      return toDyn ? DYN : type;
    }
    if (type.parameters.length === 0) return type;
    return { ...type, parameters: type.parameters.map((inner) => this.apply(inner, toDyn)) };
  }

  /** Whether a value of the first type may be used as the second; binds variables when it may. */
  isAssignable(from: CelType, to: CelType): boolean {
    return this.isAssignableList([from], [to]);
  }

  isAssignableList(from: readonly CelType[], to: readonly CelType[]): boolean {
    const mark = this.#trail.length;
    if (this.#unifyAll(from, to)) return true;
    while (this.#trail.length > mark) {
      const last = this.#trail.pop();
      if (last === undefined) break;
      if (last.before === undefined) this.#bindings.delete(last.name);
      else this.#bindings.set(last.name, last.before);
    }
    return false;
  }

  #bind(name: string, type: CelType): void {
    this.#trail.push({ name, before: this.#bindings.get(name) });
    this.#bindings.set(name, type);
  }

  #unifyAll(from: readonly CelType[], to: readonly CelType[]): boolean {
    return (
      from.length === to.length &&
      from.every((type, i) => this.#unify(type, parameterOfList(to, i)))
    );
  }

  #unify(from: CelType, to: CelType): boolean {
    if (from.kind === to.kind && isSameType(from, to)) return true;
    if (to.kind === 'typeParam') {
      const known = this.#bindings.has(to.name);
      if (this.#substitute(from, to)) return true;
      if (known) return false;
    }
    if (from.kind === 'typeParam') return this.#substitute(to, from);
    if (isDynOrError(from) || isDynOrError(to)) return true;
    if (from.kind === 'null') {
      return ['opaque', 'struct', 'null', 'timestamp', 'duration'].includes(to.kind);
    }
    if (from.kind !== to.kind) return false;
    switch (from.kind) {
      case 'opaque':
        return from.name === to.name && this.#unifyAll(from.parameters, to.parameters);
      case 'list':
      case 'map':
        return this.#unifyAll(from.parameters, to.parameters);
      case 'struct':
        return from.name === to.name;
      default:
        return true;
    }
  }

  /** Whether `type` can be what `variable` stands for. */
  #substitute(type: CelType, variable: CelType): boolean {
    const bound = this.#bindings.get(variable.name);
    if (bound === undefined) {
      if (!this.#isFreeIn(variable.name, type)) return false;
      this.#bind(variable.name, type);
      return true;
    }
    if (isSameType(type, bound)) return true;
    if (!this.#unify(type, bound)) return false;
    this.#bind(variable.name, isEqualOrLessSpecific(type, bound) ? type : bound);
    return true;
  }

  /** The occurs check: a variable must not be bound to a type that contains it. */
  #isFreeIn(name: string, type: CelType): boolean {
    if (type.kind === 'typeParam') {
      if (type.name === name) return false;
      const bound = this.#bindings.get(type.name);
      return bound === undefined || this.#isFreeIn(name, bound);
    }
    return type.parameters.every((parameter) => this.#isFreeIn(name, parameter));
  }
}

const parameterOfList = (types: readonly CelType[], index: number): CelType => types[index] ?? DYN;

/** The more general of two types that unify. */
export const mostGeneral = (a: CelType, b: CelType): CelType =>
  isEqualOrLessSpecific(a, b) ? a : b;

function isEqualOrLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'typeParam') return true;
  if (isDyn(b) || b.kind === 'typeParam' || a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'type':
      return true;
    case 'opaque':
    case 'list':
    case 'map':
      return (
        a.name === b.name &&
        a.parameters.length === b.parameters.length &&
        a.parameters.every((parameter, i) => isEqualOrLessSpecific(parameter, parameterOf(b, i)))
      );
    default:
      return isSameType(a, b);
  }
}
