import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { validateQualifiedName } from '../../../../apimachinery/names.ts';
import { isNativeResource, quantityOf, validateAmount } from '../resource-names.ts';

type Amounts = Readonly<Record<string, unknown>>;

interface ClaimStatus {
  readonly capacity?: Amounts;
  readonly allocatedResources?: Amounts;
  readonly allocatedResourceStatuses?: Readonly<Record<string, string>>;
}

const RESIZE_STATUSES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

/** Validates the status of a claim (ValidatePersistentVolumeClaimStatusUpdate). */
export function validateClaimStatus(object: KubernetesObject): FieldError[] {
  const { accessModes } = (object.spec ?? {}) as { accessModes?: string[] };
  const status = (object.status ?? {}) as ClaimStatus;
  return [
    ...((accessModes ?? []).length === 0 ? [required('Spec.accessModes')] : []),
    ...Object.entries(status.capacity ?? {}).flatMap(([name, amount]) =>
      validateNotNegative(amount, `status.capacity[${name}]`),
    ),
    ...Object.entries(status.allocatedResourceStatuses ?? {}).flatMap(([name, value]) => {
      const field = 'status.allocatedResourceStatuses';
      const errors = validateKey(name, field);
      // Upstream shows the name of what has the status.
      if (!RESIZE_STATUSES.includes(value)) errors.push(notSupported(field, name, RESIZE_STATUSES));
      return errors;
    }),
    ...Object.entries(status.allocatedResources ?? {}).flatMap(([name, text]) => {
      const field = 'status.allocatedResources';
      const errors = validateKey(name, field);
      if (errors.length > 0) return errors;
      const negative = validateNotNegative(text, `${field}[${name}]`);
      const amount = quantityOf(text);
      if (negative.length > 0 || amount === undefined) return negative;
      return validateAmount('storage', amount, `${field}[${name}]`);
    }),
  ];
}

/** An amount of whole bytes that is less than nothing; `value` is one of a resource list. */
export function validateNotNegative(value: unknown, field: string): FieldError[] {
  const bytes = quantityOf(value)?.toValue() ?? 0n;
  return bytes < 0n ? [invalid(field, Number(bytes), 'must be a valid resource quantity')] : [];
}

/** Of what is Kubernetes' own, a claim has nothing but storage. */
function validateKey(name: string, field: string): FieldError[] {
  const errors = validateQualifiedName(name).map((message) => invalid(field, name, message));
  if (errors.length > 0 || !isNativeResource(name) || name === 'storage') return errors;
  return [notSupported(field, name, ['storage'])];
}
