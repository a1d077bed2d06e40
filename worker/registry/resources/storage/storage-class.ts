import type { TopologySelectorTerm } from 'kubernetes-types/core/v1.js';
import type { StorageClass } from 'kubernetes-types/storage/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateLabelKey } from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { replacementOf } from '../pod/placement-warnings.ts';
import { validateParameters, validateProvisioner } from './parameters.ts';

const RECLAIM_POLICIES = ['Delete', 'Retain'];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];

type ClassFields = Partial<StorageClass>;

const classOf = (object: KubernetesObject): ClassFields => object as unknown as ClassFields;

export const storageClassStrategy: Strategy = {
  setDefaults(object) {
    const fields = classOf(object);
    fields.reclaimPolicy ??= 'Delete';
    fields.volumeBindingMode ??= 'Immediate';
  },
  validate: validateClass,
  validateUpdate: (object, old) => [...validateClass(object), ...validateClassKept(object, old)],
  warnings: (object) =>
    (classOf(object).allowedTopologies ?? []).flatMap(({ matchLabelExpressions = [] }, i) =>
      matchLabelExpressions.flatMap(({ key }, j) => {
        const text = replacementOf(key);
        const at = `allowedTopologies[${i}].matchLabelExpressions[${j}].key`;
        return text === undefined ? [] : [`${at}: ${text}`];
      }),
    ),
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: true,
};

function validateClass(object: KubernetesObject): FieldError[] {
  const { provisioner = '', parameters = {}, reclaimPolicy, volumeBindingMode } = classOf(object);
  const errors = [
    ...validateProvisioner(provisioner, 'provisioner'),
    ...validateParameters(parameters, 'parameters', true),
  ];
  if (reclaimPolicy && !RECLAIM_POLICIES.includes(reclaimPolicy)) {
    errors.push(notSupported('reclaimPolicy', reclaimPolicy, RECLAIM_POLICIES));
  }
  if (volumeBindingMode === undefined) errors.push(required('volumeBindingMode'));
  else if (!BINDING_MODES.includes(volumeBindingMode)) {
    errors.push(notSupported('volumeBindingMode', volumeBindingMode, BINDING_MODES));
  }
  return [...errors, ...validateTopologies(classOf(object).allowedTopologies ?? [])];
}

/** The values of each key of a term; of a key that is there twice, the last ones. */
type Requirements = ReadonlyMap<string, ReadonlySet<string>>;

function validateTopologies(terms: readonly TopologySelectorTerm[]): FieldError[] {
  const earlier: Requirements[] = [];
  return terms.flatMap((term, i) => {
    const at = `allowedTopologies[${i}].matchLabelExpressions`;
    const errors: FieldError[] = [];
    const requirements = new Map<string, Set<string>>();
    term.matchLabelExpressions?.forEach(({ key, values }, j) => {
      errors.push(...validateValues(values ?? [], `${at}[${j}].values`));
      errors.push(...validateLabelKey(key, `${at}[${j}].key`));
      if (requirements.has(key)) errors.push(duplicate(`${at}[${j}].key`, key));
      requirements.set(key, new Set(values));
    });
    // A term without expressions equals everything that upstream compares it with.
    if (requirements.size === 0 || earlier.some((other) => isSame(other, requirements))) {
      errors.push(duplicate(at, ''));
    }
    earlier.push(requirements);
    return errors;
  });
}

function validateValues(values: readonly string[], field: string): FieldError[] {
  if (values.length === 0) return [required(field)];
  const seen = new Set<string>();
  return values.flatMap((value, i) => {
    const isKnown = seen.has(value);
    seen.add(value);
    return isKnown ? [duplicate(`${field}[${i}]`, value)] : [];
  });
}

function isSame(a: Requirements, b: Requirements): boolean {
  return (
    a.size === b.size &&
    [...a].every(([key, values]) => {
      const others = b.get(key);
      return others?.size === values.size && [...values].every((value) => others.has(value));
    })
  );
}

function validateClassKept(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [fields, before] = [classOf(object), classOf(old)];
  const errors: FieldError[] = [];
  const refuse = (field: 'parameters' | 'provisioner' | 'reclaimPolicy'): void => {
    errors.push(forbidden(field, `updates to ${field} are forbidden.`));
  };
  if (!deepEqual(fields.parameters, before.parameters)) refuse('parameters');
  if (fields.provisioner !== before.provisioner) refuse('provisioner');
  if (fields.reclaimPolicy !== before.reclaimPolicy) refuse('reclaimPolicy');
  if (fields.volumeBindingMode !== before.volumeBindingMode) {
    errors.push(invalid('volumeBindingMode', fields.volumeBindingMode ?? null, IMMUTABLE));
  }
  return errors;
}
