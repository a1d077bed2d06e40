import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  invalidWithoutValue,
  required,
} from '../../../../apimachinery/field-error.ts';
import { byteLength } from '../../../../apimachinery/names.ts';
import type { CompiledExpression } from '../../../../cel/compile.ts';
import {
  additionalOf,
  isEmbeddedResource,
  itemsOf,
  type JSONSchema,
  propertyOf,
  rulesOf,
  someSchema,
  type ValidationRule,
} from '../schema/json-schema.ts';
import type { CorrelatedValue } from '../schema/correlated-value.ts';
import { fieldIn, isObject, type JSONObject } from '../schema/json-value.ts';
import { newMapList } from '../schema/map-list.ts';
import { childPath, keyPath } from '../schema/paths.ts';
import { NO_PATH } from '../schema/problems.ts';
import { type CompiledRule, compileRules, selfType } from './compiled-rule.ts';
import type { DeclaredType } from './declared-type.ts';

/** What all rules of one validation may cost together (apiserver's RuntimeCELCostBudget). */
export const RUNTIME_COST_BUDGET = 10_000_000;
/** Longest text of a messageExpression. Bytes. */
const MAX_MESSAGE_LENGTH = 5_120;

/** What is left to spend, and what was found. */
interface Run {
  budget: number;
  readonly errors: FieldError[];
}

/** How a value hangs together with the one that it replaces (cel's ratchetingOptions). */
interface Place {
  readonly path: string;
  /** What transition rules compare with; undefined where nothing is known to be the same. */
  readonly old: unknown;
  readonly correlation?: CorrelatedValue | undefined;
  /** The nearest value above that is correlated: if that did not change, this is tolerated. */
  readonly above?: CorrelatedValue | undefined;
}

/**
 * The rules of a schema and of all below it. A schema's rules are compiled when a value first
 * reaches them, and kept.
 */
export class RuleValidator {
  readonly #schema: JSONSchema;
  readonly #isResourceRoot: boolean;
  #self: DeclaredType | undefined | null = null;
  #rules: readonly CompiledRule[] | undefined;
  readonly #children = new Map<JSONSchema, RuleValidator | undefined>();

  private constructor(schema: JSONSchema, isResourceRoot: boolean) {
    this.#schema = schema;
    this.#isResourceRoot = isResourceRoot;
  }

  /** Of a schema that has rules somewhere; undefined for others. By default of a resource's. */
  static of(schema: JSONSchema | undefined, isResourceRoot = true): RuleValidator | undefined {
    return schema !== undefined && hasRules(schema)
      ? new RuleValidator(schema, isResourceRoot)
      : undefined;
  }

  /**
   * Evaluates all rules against an object.
   *
   * @param before the old value, for rules of transition, on update; and its correlation, where
   * what did not change may stay invalid.
   * @param path of the value, for errors; '' for an object.
   */
  validate(
    value: unknown,
    before: Pick<Place, 'old' | 'correlation'> = { old: undefined },
    path = '',
  ): FieldError[] {
    const run: Run = { budget: RUNTIME_COST_BUDGET, errors: [] };
    this.#visit(value, { ...before, path }, run);
    return run.errors;
  }

  #visit(value: unknown, place: Place, run: Run): void {
    if (value === null || value === undefined) return;
    this.#evaluateRules(value, place, run);
    if (run.budget < 0) return;
    if (Array.isArray(value)) this.#visitItems(value, place, run);
    else if (isObject(value)) this.#visitFields(value, place, run);
  }

  #child(schema: JSONSchema | undefined): RuleValidator | undefined {
    if (schema === undefined) return undefined;
    if (!this.#children.has(schema)) {
      this.#children.set(schema, RuleValidator.of(schema, isEmbeddedResource(schema)));
    }
    return this.#children.get(schema);
  }

  #visitItems(list: readonly unknown[], place: Place, run: Run): void {
    const items = this.#child(itemsOf(this.#schema));
    if (items === undefined) return;
    const oldItems = newMapList(this.#schema, Array.isArray(place.old) ? place.old : undefined);
    for (const [i, item] of list.entries()) {
      const below = place.correlation?.index(i);
      items.#visit(
        item,
        {
          path: keyPath(place.path, i),
          old: oldItems.get(item),
          correlation: below,
          above: place.correlation ?? place.above,
        },
        run,
      );
      if (run.budget < 0) return;
    }
  }

  #visitFields(object: JSONObject, place: Place, run: Run): void {
    const old = isObject(place.old) ? place.old : {};
    for (const key of Object.keys(object)) {
      const property = propertyOf(this.#schema, key);
      const child = this.#child(property ?? additionalOf(this.#schema));
      if (child === undefined) continue;
      const path = property === undefined ? keyPath(place.path, key) : childPath(place.path, key);
      // Both versions of an object were converted to the same type, so these never changed.
      const isTypeMeta = place.above === undefined && (key === 'apiVersion' || key === 'kind');
      const below: Place = isTypeMeta
        ? { path, old: fieldIn(old, key) }
        : {
            path,
            old: fieldIn(old, key),
            correlation: place.correlation?.key(key),
            above: place.correlation ?? place.above,
          };
      child.#visit(object[key], below, run);
      if (run.budget < 0) return;
    }
  }

  #compiled(): readonly CompiledRule[] {
    if (this.#rules !== undefined) return this.#rules;
    const self = this.#selfType();
    this.#rules =
      self === undefined || rulesOf(this.#schema).length === 0
        ? []
        : compileRules(this.#schema, self).rules;
    return this.#rules;
  }

  #selfType(): DeclaredType | undefined {
    if (this.#self === null) this.#self = selfType(this.#schema, this.#isResourceRoot);
    return this.#self;
  }

  #evaluateRules(value: unknown, place: Place, run: Run): void {
    const rules = this.#compiled();
    const self = this.#self;
    if (rules.length === 0 || self === null || self === undefined) return;
    if (run.budget <= 0) {
      run.errors.push(this.#fault(place, OUT_OF_BUDGET));
      run.budget = -1;
      return;
    }
    const old = place.old ?? undefined;
    for (const compiled of rules) {
      const isOptional = compiled.rule.optionalOldSelf === true;
      // Transition rules need something to compare with, unless they say that they do not.
      if (compiled.usesOldSelf && old === undefined && !isOptional) continue;
      const variables = { self: value, oldSelf: isOptional ? (old ?? null) : old };
      this.#evaluateRule(compiled, variables, value, place, run);
      if (run.budget < 0) return;
    }
  }

  #evaluateRule(
    compiled: CompiledRule,
    variables: Readonly<Record<string, unknown>>,
    value: unknown,
    place: Place,
    run: Run,
  ): void {
    const { rule, expression } = compiled;
    if (compiled.error !== undefined) {
      run.errors.push(this.#fault(place, `rule compile error: ${compiled.error}`));
      return;
    }
    if (expression === undefined) return;
    const result = expression.evaluate(variables);
    if (result.cost > run.budget) {
      run.errors.push(this.#fault(place, OUT_OF_BUDGET));
      run.budget = -1;
      return;
    }
    run.budget -= result.cost;
    if (result.error !== undefined) {
      run.errors.push(this.#fault(place, describeError(rule, result.error, result.exceeded)));
      if (result.exceeded) run.budget = -1;
      return;
    }
    if (result.value === true) return;
    this.#refuse(compiled, variables, value, place, run);
  }

  /** Tells that a rule failed, in the words of its author. */
  #refuse(
    compiled: CompiledRule,
    variables: Readonly<Record<string, unknown>>,
    value: unknown,
    place: Place,
    run: Run,
  ): void {
    const below = compiled.fieldPath;
    const path =
      below === '' || below.startsWith('[')
        ? `${place.path}${below}`
        : childPath(place.path, below);
    const field = path || NO_PATH;
    const add = (error: FieldError): void => {
      if (compiled.usesOldSelf || !(place.correlation ?? place.above)?.isEqual()) {
        run.errors.push(error);
      }
    };
    const { rule, message } = compiled;
    const text = message && evaluateMessage(message, rule.messageExpression ?? '', variables, run);
    if (text?.fatal !== undefined) {
      add(invalid(field, this.#schema.type ?? '', text.fatal));
      run.budget = -1;
      return;
    }
    const { type } = this.#schema;
    const hidesValue = type === 'object' || type === 'array';
    add(errorOf(rule, field, hidesValue ? HIDDEN : value, text?.message ?? messageOf(rule)));
  }

  #fault(place: Place, detail: string): FieldError {
    return invalid(place.path || NO_PATH, this.#schema.type ?? '', detail);
  }
}

const hasRules = (schema: JSONSchema): boolean =>
  someSchema(schema, (part) => rulesOf(part).length > 0);

const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run';
/** Stands for a value that is too large to show. */
const HIDDEN = Symbol('hidden');

function errorOf(rule: ValidationRule, field: string, value: unknown, detail: string): FieldError {
  const shown = value === HIDDEN ? undefined : value;
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbidden(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return value === HIDDEN
        ? { reason: 'FieldValueDuplicate', field, message: 'Duplicate value' }
        : duplicate(field, shown);
    default:
      return value === HIDDEN ? invalidWithoutValue(field, detail) : invalid(field, shown, detail);
  }
}

const nameOf = (rule: ValidationRule): string => (rule.message || rule.rule).trim();
const messageOf = (rule: ValidationRule): string =>
  rule.message ? rule.message.trim() : `failed rule: ${nameOf(rule)}`;

function describeError(rule: ValidationRule, error: string, exceeded: boolean): string {
  if (exceeded) {
    return `'${error}': no further validation rules will be run due to call cost exceeds limit for rule: ${nameOf(rule)}`;
  }
  return error.startsWith('no such overload')
    ? `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${nameOf(rule)}`
    : `${error} evaluating rule: ${nameOf(rule)}`;
}

/** The text of a messageExpression; none where it gives nothing of use; fatal where the budget is spent. */
function evaluateMessage(
  expression: CompiledExpression,
  source: string,
  variables: Readonly<Record<string, unknown>>,
  run: Run,
): { readonly message?: string; readonly fatal?: string } {
  const result = expression.evaluate(variables);
  if (result.cost > run.budget) {
    return {
      fatal:
        'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run',
    };
  }
  if (result.error !== undefined && result.exceeded) {
    return {
      fatal: `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(source)}`,
    };
  }
  run.budget -= result.cost;
  const message = typeof result.value === 'string' ? result.value.trim() : '';
  const isUseful =
    message !== '' && !message.includes('\n') && byteLength(message) <= MAX_MESSAGE_LENGTH;
  return isUseful ? { message } : {};
}
