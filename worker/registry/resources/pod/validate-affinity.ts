import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
} from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  type LabelSelectorSource,
  validateLabelKey,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import {
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  validateLabelValue,
} from '../../../../apimachinery/names.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  if (affinity === undefined) return [];
  const errors: FieldError[] = [];
  const node = affinity.nodeAffinity;
  const nodePath = `${path}.nodeAffinity`;
  if (node?.[REQUIRED] !== undefined) {
    errors.push(...validateNodeSelector(node[REQUIRED], `${nodePath}.${REQUIRED}`));
  }
  node?.[PREFERRED]?.forEach((preferred, i) => {
    const at = `${nodePath}.${PREFERRED}[${i}]`;
    errors.push(...validateWeight(preferred.weight, `${at}.weight`));
    // What no node can have is merely a wish that stays unfulfilled.
    errors.push(...validateNodeTerm(preferred.preference, `${at}.preference`, true));
  });
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const pods = affinity[kind];
    pods?.[REQUIRED]?.forEach((term, i) => {
      errors.push(...validatePodTerm(term, `${path}.${kind}.${REQUIRED}[${i}]`));
    });
    pods?.[PREFERRED]?.forEach((preferred, i) => {
      const at = `${path}.${kind}.${PREFERRED}[${i}]`;
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

/** Nodes that one of several terms is true of. */
export function validateNodeSelector(selector: NodeSelector, path: string): FieldError[] {
  const field = `${path}.nodeSelectorTerms`;
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(field, 'must have at least one node selector term')];
  return terms.flatMap((term, i) => validateNodeTerm(term, `${field}[${i}]`, false));
}

function validateNodeTerm(
  term: NodeSelectorTerm | undefined,
  path: string,
  allowsAnyValue: boolean,
): FieldError[] {
  return [
    ...(term?.matchExpressions ?? []).flatMap((expression, i) =>
      validateExpression(expression, `${path}.matchExpressions[${i}]`, allowsAnyValue),
    ),
    ...(term?.matchFields ?? []).flatMap((expression, i) =>
      validateFieldExpression(expression, `${path}.matchFields[${i}]`),
    ),
  ];
}

function validateExpression(
  expression: NodeSelectorRequirement,
  path: string,
  allowsAnyValue: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  const { operator = '', key = '' } = expression as Partial<NodeSelectorRequirement>;
  const values = expression.values ?? [];
  const field = `${path}.values`;
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(required(field, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbidden(field, detail));
      }
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        const detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
        errors.push(required(field, detail));
      }
      break;
    default:
      errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  }
  errors.push(...validateLabelKey(key, `${path}.key`));
  if (allowsAnyValue) return errors;
  return [
    ...errors,
    ...values.flatMap((value, i) =>
      validateLabelValue(value).map((m) => invalid(`${field}[${i}]`, value, m)),
    ),
  ];
}

function validateFieldExpression(expression: NodeSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { operator = '', key = '' } = expression as Partial<NodeSelectorRequirement>;
  const values = expression.values ?? [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length !== 1) {
      const detail =
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      errors.push(required(`${path}.values`, detail));
    }
  } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  if (key !== 'metadata.name') {
    return [...errors, invalid(`${path}.key`, key, 'not a valid field selector key')];
  }
  return [
    ...errors,
    ...values.flatMap((value, i) =>
      nameIsDNSSubdomain(value, false).map((m) => invalid(`${path}.values[${i}]`, value, m)),
    ),
  ];
}

/** A pod affinity term, with the fields that the package of types does not know yet. */
interface AffinityTerm extends PodAffinityTerm {
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}

function validatePodTerm(term: AffinityTerm | undefined, path: string): FieldError[] {
  const selector = term?.labelSelector as LabelSelectorSource | undefined;
  const namespaces = term?.namespaceSelector as LabelSelectorSource | undefined;
  const topologyKey = term?.topologyKey ?? '';
  const field = `${path}.topologyKey`;
  return [
    ...validateLabelSelector(selector, `${path}.labelSelector`),
    ...validateLabelSelector(namespaces, `${path}.namespaceSelector`),
    ...(term?.namespaces ?? []).flatMap((name) =>
      nameIsDNSLabel(name, false).map((m) => invalid(`${path}.namespace`, name, m)),
    ),
    ...validateMatchedKeys(term, selector, path),
    ...(topologyKey === '' ? [required(field, 'can not be empty')] : []),
    ...validateLabelKey(topologyKey, field),
  ];
}

/** Labels whose values are taken from the incoming pod (KEP-3633). */
export function validateMatchedKeys(
  term: { matchLabelKeys?: string[]; mismatchLabelKeys?: string[] } | undefined,
  selector: LabelSelectorSource | undefined,
  path: string,
): FieldError[] {
  const { matchLabelKeys: match = [], mismatchLabelKeys: mismatch = [] } = term ?? {};
  const errors: FieldError[] = [];
  for (const [name, keys] of Object.entries({
    matchLabelKeys: match,
    mismatchLabelKeys: mismatch,
  })) {
    if (keys.length === 0) continue;
    if (selector === undefined) {
      const detail = 'must not be specified when labelSelector is not set';
      errors.push(forbidden(`${path}.${name}`, detail));
    } else {
      keys.forEach((key, i) => errors.push(...validateLabelKey(key, `${path}.${name}[${i}]`)));
    }
  }
  // The keys have become expressions of the selector by the time that this is asked.
  const selected = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key = '' } of selector?.matchExpressions ?? []) {
    const index = match.indexOf(key);
    if (index >= 0 && selected.has(key)) {
      const detail = 'exists in both matchLabelKeys and labelSelector';
      errors.push(invalid(`${path}[${index}]`, key, detail));
    }
    selected.add(key);
  }
  match.forEach((key, i) => {
    if (!mismatch.includes(key)) return;
    const detail = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalid(`${path}.matchLabelKeys[${i}]`, key, detail));
  });
  return errors;
}
