import type { ResourceQuotaSpec, ResourceQuotaStatus } from 'kubernetes-types/core/v1.js';
import type { FieldError } from '../../../../apimachinery/field-error.ts';
import { invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import type { Strategy } from '../../strategy.ts';
import { quantityOf, validateAmount, validateQuotaResourceName } from '../resource-names.ts';
import { dropStatus, keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { validateScopes, validateScopeSelector } from './scopes.ts';

const specOf = (object: KubernetesObject): ResourceQuotaSpec => object.spec ?? {};
const statusOf = (object: KubernetesObject): ResourceQuotaStatus => object.status ?? {};

export const resourceQuotaStrategy: Strategy = {
  prepareForCreate: dropStatus,
  validate: validateQuota,
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old) => [
    ...validateQuota(object),
    ...validateScopesKept(specOf(object), specOf(old)),
  ],
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: newStatusSubresource((object) => [
      ...validateAmounts(statusOf(object).hard, 'status.hard'),
      ...validateAmounts(statusOf(object).used, 'status.used'),
    ]),
  },
  allowUnconditionalUpdate: true,
};

function validateQuota(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  return [
    ...validateAmounts(spec.hard, 'spec.hard'),
    ...validateScopes(spec),
    ...validateScopeSelector(spec),
  ];
}

const validateAmounts = (
  amounts: Readonly<Record<string, unknown>> | undefined,
  path: string,
): FieldError[] =>
  Object.entries(amounts ?? {}).flatMap(([name, text]) => {
    const field = `${path}[${name}]`;
    const amount = quantityOf(text);
    return [
      ...validateQuotaResourceName(name, field),
      ...(amount === undefined ? [] : validateAmount(name, amount, field)),
    ];
  });

function validateScopesKept(spec: ResourceQuotaSpec, old: ResourceQuotaSpec): FieldError[] {
  const [now, before] = [new Set(spec.scopes ?? []), new Set(old.scopes ?? [])];
  const isSame = now.size === before.size && [...now].every((scope) => before.has(scope));
  return isSame ? [] : [invalid('spec.scopes', spec.scopes ?? null, IMMUTABLE)];
}
