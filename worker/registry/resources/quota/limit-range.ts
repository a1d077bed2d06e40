import type { LimitRangeItem } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain, validateQualifiedName } from '../../../../apimachinery/names.ts';
import type { Quantity } from '../../../../apimachinery/quantity.ts';
import type { Strategy } from '../../strategy.ts';
import {
  isOvercommittable,
  quantityOf,
  validateContainerResourceName,
  validateResourceName,
} from '../resource-names.ts';

type LimitFields = Partial<LimitRangeItem>;

const limitsOf = (object: KubernetesObject): LimitFields[] =>
  ((object.spec ?? {}) as { limits?: LimitFields[] | null }).limits ?? [];

export const limitRangeStrategy: Strategy = {
  setDefaults(object) {
    for (const limit of limitsOf(object)) setContainerDefaults(limit);
  },
  validate: validateLimitRange,
  validateUpdate: validateLimitRange,
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: true,
};

/** Containers get the most they may have, and are promised what they get. */
function setContainerDefaults(limit: LimitFields): void {
  if (limit.type !== 'Container') return;
  const byDefault = { ...limit.max, ...limit.default };
  const request = { ...limit.min, ...byDefault, ...limit.defaultRequest };
  if (Object.keys(byDefault).length > 0) limit.default = byDefault;
  if (Object.keys(request).length > 0) limit.defaultRequest = request;
}

const TYPES = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);

function validateLimitRange(object: KubernetesObject): FieldError[] {
  const types = new Set<string>();
  return limitsOf(object).flatMap((limit, i) => {
    const path = `spec.limits[${i}]`;
    const { type = '' } = limit;
    const errors = validateType(type, `${path}.type`);
    if (types.has(type)) errors.push(duplicate(`${path}.type`, type));
    types.add(type);
    return [...errors, ...validateLimit(limit, path)];
  });
}

function validateType(type: string, field: string): FieldError[] {
  const errors = validateQualifiedName(type).map((m) => invalid(field, type, m));
  if (errors.length > 0 || type.includes('/') || TYPES.has(type)) return errors;
  return [invalid(field, type, 'must be a standard limit type or fully qualified')];
}

const BOUNDS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

function validateLimit(limit: LimitFields, path: string): FieldError[] {
  const { type } = limit;
  const errors: FieldError[] = [];
  const validateName =
    type === 'Pod' || type === 'Container' ? validateContainerResourceName : validateResourceName;
  for (const bound of BOUNDS) {
    if (bound === 'maxLimitRequestRatio' && type === 'PersistentVolumeClaim') {
      if (limit.min?.storage === undefined && limit.max?.storage === undefined) {
        const detail =
          'either minimum or maximum storage value is required, but neither was provided';
        errors.push(required(`${path}.limits`, detail));
      }
    }
    const names = Object.keys(limit[bound] ?? {});
    if (type === 'Pod' && bound.startsWith('default')) {
      const detail = "may not be specified when `type` is 'Pod'";
      if (names.length > 0) errors.push(forbidden(`${path}.${bound}`, detail));
    } else {
      errors.push(...names.flatMap((name) => validateName(name, `${path}.${bound}[${name}]`)));
    }
  }
  const names = new Set(BOUNDS.flatMap((bound) => Object.keys(limit[bound] ?? {})));
  return [...errors, ...[...names].sort().flatMap((name) => validateBounds(limit, name, path))];
}

/** How the bounds of one resource stand to each other. */
function validateBounds(limit: LimitFields, name: string, path: string): FieldError[] {
  const [max, min] = [quantityOf(limit.max?.[name]), quantityOf(limit.min?.[name])];
  const isPod = limit.type === 'Pod';
  const byDefault = isPod ? undefined : quantityOf(limit.default?.[name]);
  const request = isPod ? undefined : quantityOf(limit.defaultRequest?.[name]);
  const at = (bound: string): string => `${path}.${bound}[${name}]`;
  const errors: FieldError[] = [];
  const ordered = (
    field: string,
    shown: Quantity | undefined,
    [small, smallText]: readonly [Quantity | undefined, string],
    [big, bigText]: readonly [Quantity | undefined, string],
  ): void => {
    if (small === undefined || big === undefined || small.nano <= big.nano) return;
    const text = (what: string, quantity: Quantity): string => `${what} value ${String(quantity)}`;
    const detail = `${text(smallText, small)} is greater than ${text(bigText, big)}`;
    errors.push(invalid(at(field), String(shown), detail));
  };
  ordered('min', min, [min, 'min'], [max, 'max']);
  ordered('defaultRequest', request, [min, 'min'], [request, 'default request']);
  ordered('defaultRequest', request, [request, 'default request'], [max, 'max']);
  ordered('defaultRequest', request, [request, 'default request'], [byDefault, 'default limit']);
  ordered('default', min, [min, 'min'], [byDefault, 'default']);
  ordered('default', max, [byDefault, 'default'], [max, 'max']);
  errors.push(...validateRatio(limit, name, at('maxLimitRequestRatio')));
  if (
    !isOvercommittable(name) &&
    byDefault !== undefined &&
    request !== undefined &&
    byDefault.nano !== request.nano
  ) {
    const detail = `default value ${String(byDefault)} must equal to defaultRequest value ${String(request)} in ${name}`;
    errors.push(invalid(at('defaultRequest'), String(request), detail));
  }
  return errors;
}

function validateRatio(limit: LimitFields, name: string, field: string): FieldError[] {
  const ratio = quantityOf(limit.maxLimitRequestRatio?.[name]);
  if (ratio === undefined) return [];
  const errors: FieldError[] = [];
  if (ratio.nano < 1_000_000_000n) {
    errors.push(invalid(field, String(ratio), `ratio ${String(ratio)} is less than 1`));
  }
  const [max, min] = [quantityOf(limit.max?.[name]), quantityOf(limit.min?.[name])];
  if (max === undefined || min === undefined) return errors;
  const most = Number(max.toMilli()) / Number(min.toMilli());
  if (Number(ratio.toMilli()) / 1000 > most) {
    const detail = `ratio ${String(ratio)} is greater than max/min = ${most.toFixed(6)}`;
    errors.push(invalid(field, String(ratio), detail));
  }
  return errors;
}
