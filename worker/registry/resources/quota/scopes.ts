import type {
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import { isStandardQuotaResource } from '../resource-names.ts';

const OF_PODS = new Set([
  'pods',
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);

/** The scopes of a quota, with the standard resources that each may count. */
const SCOPES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Terminating', OF_PODS],
  ['NotTerminating', OF_PODS],
  ['NotBestEffort', OF_PODS],
  ['PriorityClass', OF_PODS],
  ['CrossNamespacePodAffinity', OF_PODS],
  ['BestEffort', new Set(['pods'])],
  ['VolumeAttributesClass', new Set(['persistentvolumeclaims', 'requests.storage'])],
]);

/** Scopes that a pod is either in or out of: nothing else can be asked about them. */
const YES_OR_NO = new Set([
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
]);

const PAIRS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

/** Standard resources that the scope cannot count, of those that the quota limits. */
function resourcesOutside(scope: string, spec: ResourceQuotaSpec): string[] {
  const counted = SCOPES.get(scope);
  return Object.keys(spec.hard ?? {}).filter(
    (name) => isStandardQuotaResource(name) && counted !== undefined && !counted.has(name),
  );
}

const conflicts = (scopes: readonly string[]): number =>
  PAIRS.filter((pair) => pair.every((scope) => scopes.includes(scope))).length;

export function validateScopes(spec: ResourceQuotaSpec): FieldError[] {
  const scopes = spec.scopes ?? [];
  const error = (detail: string): FieldError => invalid('spec.scopes', scopes, detail);
  const errors = scopes.flatMap((scope) => [
    ...(SCOPES.has(scope) ? [] : [error('unsupported scope')]),
    ...resourcesOutside(scope, spec).map(() => error('unsupported scope applied to resource')),
  ]);
  for (let i = 0; i < conflicts(scopes); i++) errors.push(error('conflicting scopes'));
  return errors;
}

const EXISTS_ONLY =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

type Requirement = Partial<ScopedResourceSelectorRequirement>;

export function validateScopeSelector(spec: ResourceQuotaSpec): FieldError[] {
  const requirements: readonly Requirement[] = spec.scopeSelector?.matchExpressions ?? [];
  const path = 'spec.scopeSelector.matchExpressions';
  const shown = {
    MatchExpressions: requirements.map(({ scopeName = '', operator = '', values }) => ({
      ScopeName: scopeName,
      Operator: operator,
      Values: values ?? null,
    })),
  };
  const errors = requirements.flatMap(({ scopeName = '', operator = '', values }) => [
    ...(SCOPES.has(scopeName)
      ? []
      : [invalid(`${path}.scopeName`, scopeName, 'unsupported scope')]),
    ...resourcesOutside(scopeName, spec).map(() =>
      invalid(path, shown, 'unsupported scope applied to resource'),
    ),
    ...(YES_OR_NO.has(scopeName) && operator !== 'Exists'
      ? [invalid(`${path}.operator`, operator, EXISTS_ONLY)]
      : []),
    ...validateOperator(operator, values ?? [], path),
  ]);
  for (let i = 0; i < conflicts(requirements.map((r) => r.scopeName ?? '')); i++) {
    errors.push(invalid(path, spec.scopes ?? null, 'conflicting scopes'));
  }
  return errors;
}

function validateOperator(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const detail =
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return values.length === 0 ? [required(`${path}.values`, detail)] : [];
    }
    case 'Exists':
    case 'DoesNotExist': {
      const detail =
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      return values.length === 0 ? [] : [invalid(`${path}.values`, values, detail)];
    }
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}
