import type { Environment } from '../../../../cel/environment.ts';
import { BOOL } from '../../../../cel/types/cel-type.ts';
import {
  duplicate,
  type FieldError,
  required,
  tooMany,
  invalid,
} from '../../../../apimachinery/field-error.ts';
import { validateQualifiedName } from '../../../../apimachinery/names.ts';
import { checkExpression } from './check-expression.ts';

export interface MatchCondition {
  name?: string;
  expression?: string;
}

const MAX_CONDITIONS = 64;

/** When a webhook or a policy is asked at all: expressions that all have to be true. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[],
  environment: Environment,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (conditions.length > MAX_CONDITIONS) {
    errors.push(tooMany(field, conditions.length, MAX_CONDITIONS));
  }
  const names = new Set<string>();
  conditions.forEach(({ name = '', expression = '' }, i) => {
    const at = `${field}[${i}]`;
    const trimmed = expression.trim();
    if (trimmed === '') errors.push(required(`${at}.expression`));
    else {
      errors.push(...checkExpression(trimmed, environment, `${at}.expression`, [BOOL]).errors);
    }
    if (name === '') {
      errors.push(required(`${at}.name`));
      return;
    }
    errors.push(...validateQualifiedName(name).map((m) => invalid(`${at}.name`, name, m)));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
  });
  return errors;
}
