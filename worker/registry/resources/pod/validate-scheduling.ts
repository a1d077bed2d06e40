import type { Toleration, TopologySpreadConstraint } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  type LabelSelectorSource,
  validateLabelKey,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import { validateLabelValue, validateQualifiedName } from '../../../../apimachinery/names.ts';
import { validateMatchedKeys } from './validate-affinity.ts';

export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];
const INCLUSION_POLICIES = ['Honor', 'Ignore'];

export function validateTolerations(
  tolerations: readonly Toleration[],
  path: string,
): FieldError[] {
  return tolerations.flatMap((toleration, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const { key, operator = '', value = '', effect = '' } = toleration;
    if (key) errors.push(...validateLabelKey(key, `${at}.key`));
    else if (operator !== 'Exists') {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${at}.operator`, operator, detail));
    }
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalid(`${at}.effect`, effect, detail));
    }
    if (operator === '' || operator === 'Equal') {
      const messages = validateLabelValue(value);
      if (messages.length > 0) errors.push(invalid(`${at}.operator`, value, messages.join(';')));
    } else if (operator === 'Exists') {
      if (value !== '') {
        const detail = "value must be empty when `operator` is 'Exists'";
        errors.push(invalid(`${at}.operator`, value, detail));
      }
    } else {
      // The comparisons are behind a gate that is off, but upstream names them all the same.
      const isComparison = operator === 'Lt' || operator === 'Gt';
      const supported = isComparison ? ['Equal', 'Exists', 'Lt', 'Gt'] : ['Equal', 'Exists'];
      errors.push(notSupported(`${at}.operator`, operator, supported));
    }
    if (effect !== '' && !TAINT_EFFECTS.includes(effect)) {
      errors.push(notSupported(`${at}.effect`, effect, TAINT_EFFECTS));
    }
    return errors;
  });
}

/** What has to happen before the scheduler looks at the pod (KEP-3521). */
export function validateSchedulingGates(
  gates: readonly { name?: string }[],
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap(({ name = '' }, i) => {
    const at = `${path}[${i}]`;
    const errors = validateQualifiedName(name).map((m) => invalid(at, name, m));
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    return errors;
  });
}

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
): FieldError[] {
  return constraints.flatMap((sent, i) => {
    const constraint: Partial<TopologySpreadConstraint> = sent;
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable: action = '' } = constraint;
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (topologyKey === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    if (!ACTIONS.includes(action)) {
      errors.push(notSupported(`${at}.whenUnsatisfiable`, action, ACTIONS));
    }
    const repeated = constraints
      .slice(i + 1)
      .some((c) => c.topologyKey === topologyKey && c.whenUnsatisfiable === action);
    if (repeated) {
      const field = `${at}.{topologyKey, whenUnsatisfiable}`;
      errors.push(duplicate(field, `{${topologyKey}, ${action}}`));
    }
    errors.push(...validateMinDomains(constraint.minDomains, action, `${at}.minDomains`));
    for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[name];
      if (policy === undefined || INCLUSION_POLICIES.includes(policy)) continue;
      errors.push(notSupported(`${at}.${name}`, policy, INCLUSION_POLICIES));
    }
    const selector = constraint.labelSelector as LabelSelectorSource | undefined;
    return [
      ...errors,
      ...validateMatchedKeys({ matchLabelKeys: constraint.matchLabelKeys ?? [] }, selector, at),
      ...validateLabelSelector(selector, `${at}.labelSelector`),
    ];
  });
}

function validateMinDomains(
  count: number | undefined,
  action: string,
  field: string,
): FieldError[] {
  if (count === undefined) return [];
  const errors = count > 0 ? [] : [invalid(field, count, 'must be greater than zero')];
  if (action === 'DoNotSchedule') return errors;
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
  return [...errors, invalid(field, count, detail)];
}
