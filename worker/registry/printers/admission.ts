import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME } from './columns.ts';

const UNSET = '<unset>';

export const webhookConfigurationPrinter: TablePrinter = {
  columns: [NAME, column('Webhooks', 'integer'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    ((object as { webhooks?: unknown[] }).webhooks ?? []).length,
    age(object, now),
  ],
};

interface PolicySpec {
  validations?: unknown[];
  mutations?: unknown[];
  paramKind?: { apiVersion?: string; kind?: string };
}

export const validatingPolicyPrinter = newPolicyPrinter('Validations', 'validations');
export const mutatingPolicyPrinter = newPolicyPrinter('Mutations', 'mutations');

function newPolicyPrinter(title: string, list: 'validations' | 'mutations'): TablePrinter {
  return {
    columns: [NAME, column(title, 'integer'), column('ParamKind'), AGE],
    cells(object, now) {
      const spec: PolicySpec = object.spec ?? {};
      const { paramKind } = spec;
      return [
        object.metadata.name ?? '',
        (spec[list] ?? []).length,
        paramKind === undefined ? UNSET : `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}`,
        age(object, now),
      ];
    },
  };
}

interface BindingSpec {
  policyName?: string;
  paramRef?: { name?: string; namespace?: string; selector?: LabelSelectorSource };
}

export const policyBindingPrinter: TablePrinter = {
  columns: [NAME, column('PolicyName'), column('ParamRef'), AGE],
  cells(object, now) {
    const spec: BindingSpec = object.spec ?? {};
    return [object.metadata.name ?? '', spec.policyName ?? '', paramOf(object), age(object, now)];
  },
};

function paramOf(object: KubernetesObject): string {
  const { name, namespace, selector } = ((object.spec ?? {}) as BindingSpec).paramRef ?? {};
  if (name) return namespace ? `${namespace}/${name}` : `*/${name}`;
  return selector === undefined ? UNSET : formatSelector(selector);
}

/** A selector as Go prints the struct. */
function formatSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelectorSource): string {
  const labels = Object.entries(matchLabels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
    .join('');
  const expressions = matchExpressions
    .map(
      ({ key = '', operator = '', values }) =>
        `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`,
    )
    .join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}
