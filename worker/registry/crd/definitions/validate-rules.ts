import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { type CompiledRule, compileRules, selfType } from '../rules/compiled-rule.ts';
import { findFieldPath } from '../rules/field-path.ts';
import { type JSONSchema, rulesOf, type ValidationRule } from '../schema/json-schema.ts';
import { childPath, keyPath } from '../schema/paths.ts';
import { costMessage, type CostContext, multiplyCost, RULE_COST_LIMIT } from './rule-costs.ts';
import { structuralFault } from './structural-fault.ts';

const REASONS = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
];
const LINE_BREAK = /[\n\r]/;

const ruleField = (path: string, index: number, field: string): string =>
  childPath(keyPath(childPath(path, 'x-kubernetes-validations'), index), field);

/** What can be said of rules without compiling them. */
export function validateRuleForms(schema: JSONSchema, path: string): FieldError[] {
  return rulesOf(schema).flatMap((rule, i) =>
    validateForm(rule, schema, (field) => ruleField(path, i, field)),
  );
}

function validateForm(
  rule: ValidationRule,
  schema: JSONSchema,
  at: (field: string) => string,
): FieldError[] {
  const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
  const errors: FieldError[] = [];
  const trimmed = message.trim();
  if (rule.rule.trim() === '') errors.push(required(at('rule'), 'rule is not specified'));
  else if (message !== '' && trimmed === '') {
    errors.push(invalid(at('message'), message, 'must be non-empty if specified'));
  } else if (LINE_BREAK.test(trimmed)) {
    errors.push(invalid(at('message'), message, 'must not contain line breaks'));
  } else if (LINE_BREAK.test(rule.rule.trim()) && trimmed === '') {
    const detail = 'message must be specified if rule contains line breaks';
    errors.push(required(at('message'), detail));
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    const detail = 'messageExpression must be non-empty if specified';
    errors.push(required(at('messageExpression'), detail));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(at('reason'), reason, REASONS));
  }
  return [...errors, ...validateFieldPath(fieldPath, schema, at('fieldPath'))];
}

function validateFieldPath(fieldPath: string, schema: JSONSchema, field: string): FieldError[] {
  if (fieldPath === '') return [];
  const errors: FieldError[] = [];
  const tell = (detail: string): void => {
    errors.push(invalid(field, fieldPath, detail));
  };
  if (fieldPath.trim() === '') tell('must be non-empty if specified');
  if (LINE_BREAK.test(fieldPath)) tell('must not contain line breaks');
  if (structuralFault(schema) === undefined && 'error' in findFieldPath(fieldPath, schema)) {
    tell('must be a valid path');
  }
  return errors;
}

/** How rules are compiled, and judged. */
export interface RuleContext extends CostContext {
  readonly isResourceRoot: boolean;
  /** The schema above from which on nothing can be told to be the same after an update. */
  readonly uncorrelated: string | undefined;
  /** Whether rules were there before, and may cost what they cost. */
  readonly toleratesCost: boolean;
}

/** Compiles the rules of a schema: their types, and what they can cost. */
export function validateCompiledRules(
  schema: JSONSchema,
  path: string,
  context: RuleContext,
): FieldError[] {
  const self = selfType(schema, context.isResourceRoot);
  if (self === undefined) {
    const detail =
      'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';
    const field = childPath(path, 'x-kubernetes-validations');
    return [{ reason: 'InternalError', field, message: `Internal error: ${detail}` }];
  }
  const { rules, maxCardinality } = compileRules(schema, self);
  const cardinality = context.cardinality ?? maxCardinality;
  return rules.flatMap((compiled, i) =>
    validateCompiled(compiled, cardinality, context, (field) => ruleField(path, i, field)),
  );
}

function validateCompiled(
  compiled: CompiledRule,
  cardinality: bigint,
  { total, uncorrelated, toleratesCost }: RuleContext,
  at: (field: string) => string,
): FieldError[] {
  const { rule, usesOldSelf } = compiled;
  const errors: FieldError[] = [];
  const judge = (what: string, field: string, cost: bigint): void => {
    if (!toleratesCost && cost > RULE_COST_LIMIT) {
      errors.push(
        forbidden(at(field), costMessage(`estimated ${what} cost`, cost, RULE_COST_LIMIT)),
      );
    }
    total.observe(at(field), cost);
  };
  judge('rule', 'rule', multiplyCost(compiled.maxCost, cardinality));
  if (compiled.error !== undefined) {
    errors.push(invalid(at('rule'), printedRule(rule), compiled.error));
  }
  if (compiled.messageError !== undefined) {
    errors.push(invalid(at('messageExpression'), printedRule(rule), compiled.messageError));
  } else if (compiled.message !== undefined) {
    judge('messageExpression', 'messageExpression', compiled.messageMaxCost);
  }
  if (usesOldSelf && uncorrelated !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
    errors.push(invalid(at('rule'), rule.rule, detail));
  }
  if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    const detail = 'may not be set if oldSelf is not used in rule';
    errors.push(invalid(at('optionalOldSelf'), rule.optionalOldSelf, detail));
  }
  return errors;
}

/** A rule as errors show it: Go prints its own fields. */
const printedRule = (rule: ValidationRule): Record<string, unknown> => ({
  Rule: rule.rule,
  Message: rule.message ?? '',
  MessageExpression: rule.messageExpression ?? '',
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? '',
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});
