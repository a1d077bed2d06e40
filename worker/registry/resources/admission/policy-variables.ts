import type { CelType } from '../../../../cel/types/cel-type.ts';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import {
  newPolicyEnvironment,
  type PolicyVariables,
  variableType,
} from '../../admission/policy-environment.ts';
import { checkExpression } from './check-expression.ts';

export interface Variable {
  name?: string;
  expression?: string;
}

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/**
 * Checks the variables that a policy declares, each of which may use those before it. Returns what
 * the other expressions of the policy see as `variables`: undefined where it declares none.
 */
export function checkVariables(
  declared: readonly Variable[],
  options: Omit<PolicyVariables, 'variables'>,
  field: string,
): { readonly errors: FieldError[]; readonly types: ReadonlyMap<string, CelType> | undefined } {
  if (declared.length === 0) return { errors: [], types: undefined };
  const types = new Map<string, CelType>();
  const errors: FieldError[] = [];
  const environment = newPolicyEnvironment({ ...options, variables: types });
  declared.forEach(({ name = '', expression = '' }, i) => {
    const at = `${field}[${i}]`;
    if (name.trim() === '') errors.push(required(`${at}.name`, 'name is not specified'));
    else if (!IDENTIFIER.test(name) || RESERVED.has(name)) {
      errors.push(invalid(`${at}.name`, name, 'name is not a valid CEL identifier'));
    }
    if (expression.trim() === '') {
      errors.push(required(`${at}.expression`, 'expression is not specified'));
      return;
    }
    const checked = checkExpression(expression, environment, `${at}.expression`);
    errors.push(...checked.errors);
    types.set(name, variableType(checked.type));
  });
  return { errors, types };
}
