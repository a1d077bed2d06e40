import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  type LabelSelectorSource,
  validateLabelKey,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import { validateLabelValue } from '../../../../apimachinery/names.ts';

export const TAINT_EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

export function validateTolerations(
  tolerations: readonly Toleration[],
  path: string,
): FieldError[] {
  return tolerations.flatMap((toleration, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const { key, operator, value, effect } = toleration;
    if (key) errors.push(...validateLabelKey(key, `${at}.key`));
    else if (operator !== 'Exists') {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${at}.operator`, operator ?? '', detail));
    }
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalid(`${at}.effect`, effect ?? '', detail));
    }
    if (!operator || operator === 'Equal') {
      const messages = validateLabelValue(value ?? '');
      if (messages.length > 0) errors.push(invalid(`${at}.operator`, value, messages.join(';')));
    } else if (operator === 'Exists') {
      if (value) {
        const detail = "value must be empty when `operator` is 'Exists'";
        errors.push(invalid(`${at}.operator`, toleration, detail));
      }
    } else errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (effect && !TAINT_EFFECTS.includes(effect)) {
      errors.push(notSupported(`${at}.effect`, effect, TAINT_EFFECTS));
    }
    return errors;
  });
}

export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const node = affinity?.nodeAffinity;
  const nodePath = `${path}.nodeAffinity`;
  const needed = node?.requiredDuringSchedulingIgnoredDuringExecution;
  if (needed !== undefined) {
    const at = `${nodePath}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    const terms = needed.nodeSelectorTerms ?? [];
    if (terms.length === 0) errors.push(required(at, 'must have at least one node selector term'));
    terms.forEach((term, i) => errors.push(...validateNodeTerm(term, `${at}[${i}]`)));
  }
  node?.preferredDuringSchedulingIgnoredDuringExecution?.forEach((preferred, i) => {
    const at = `${nodePath}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    errors.push(...validateWeight(preferred.weight, `${at}.weight`));
    errors.push(...validateNodeTerm(preferred.preference, `${at}.preference`));
  });
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const pods = affinity?.[kind];
    pods?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => {
      const at = `${path}.${kind}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`;
      errors.push(...validatePodTerm(term, at));
    });
    pods?.preferredDuringSchedulingIgnoredDuringExecution?.forEach((preferred, i) => {
      const at = `${path}.${kind}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      errors.push(...validateWeight(preferred.weight, `${at}.weight`));
      errors.push(...validatePodTerm(preferred.podAffinityTerm, `${at}.podAffinityTerm`));
    });
  }
  return errors;
}

function validateWeight(weight: number | undefined, field: string): FieldError[] {
  return weight !== undefined && weight >= 1 && weight <= 100
    ? []
    : [invalid(field, weight ?? 0, 'must be in the range 1-100')];
}

function validateNodeTerm(term: NodeSelectorTerm | undefined, path: string): FieldError[] {
  return (term?.matchExpressions ?? []).flatMap((expression, i) =>
    validateNodeExpression(expression, `${path}.matchExpressions[${i}]`),
  );
}

function validateNodeExpression(expression: NodeSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const count = expression.values?.length ?? 0;
  const values = `${path}.values`;
  switch (expression.operator) {
    case 'In':
    case 'NotIn':
      if (count === 0) {
        errors.push(required(values, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (count > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbidden(values, detail));
      }
      break;
    case 'Gt':
    case 'Lt':
      if (count !== 1) {
        const detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
        errors.push(required(values, detail));
      }
      break;
    default: {
      const detail = 'not a valid selector operator';
      errors.push(invalid(`${path}.operator`, expression.operator ?? '', detail));
    }
  }
  return [...errors, ...validateLabelKey(expression.key ?? '', `${path}.key`)];
}

function validatePodTerm(term: PodAffinityTerm | undefined, path: string): FieldError[] {
  const selector = term?.labelSelector as LabelSelectorSource | undefined;
  const errors = validateLabelSelector(selector, `${path}.labelSelector`);
  return [...errors, ...validateTopologyKey(term?.topologyKey, `${path}.topologyKey`)];
}

function validateTopologyKey(key: string | undefined, field: string): FieldError[] {
  return key ? validateLabelKey(key, field) : [required(field, 'can not be empty')];
}

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
): FieldError[] {
  return constraints.flatMap((constraint, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    if (!(constraint.maxSkew > 0)) {
      errors.push(invalid(`${at}.maxSkew`, constraint.maxSkew ?? 0, 'must be greater than zero'));
    }
    errors.push(...validateTopologyKey(constraint.topologyKey, `${at}.topologyKey`));
    const actions = ['DoNotSchedule', 'ScheduleAnyway'];
    if (!actions.includes(constraint.whenUnsatisfiable)) {
      errors.push(
        notSupported(`${at}.whenUnsatisfiable`, constraint.whenUnsatisfiable ?? '', actions),
      );
    }
    const selector = constraint.labelSelector as LabelSelectorSource | undefined;
    return [...errors, ...validateLabelSelector(selector, `${at}.labelSelector`)];
  });
}
