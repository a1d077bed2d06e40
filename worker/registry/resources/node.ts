import type { NodeSpec, NodeStatus, Taint } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../apimachinery/field-error.ts';
import { validateLabelKey } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain, validateLabelValue } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { TAINT_EFFECTS } from './pod/validate-scheduling.ts';
import { keepAllButStatus, keepStatus } from './status-subresource.ts';

const specOf = (object: KubernetesObject): NodeSpec => object.spec ?? {};

export const nodeStrategy: Strategy = {
  setDefaults(object) {
    const status = (object.status ?? {}) as NodeStatus;
    if (status.capacity !== undefined) status.allocatable ??= { ...status.capacity };
  },
  validate: (object) => validateTaints(specOf(object).taints ?? []),
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old) => [
    ...validateTaints(specOf(object).taints ?? []),
    ...validateSpecKept(specOf(object), specOf(old)),
  ],
  validateName: nameIsDNSSubdomain,
  selectableFields: (object) => ({
    'spec.unschedulable': String(specOf(object).unschedulable ?? false),
  }),
  subresources: {
    status: {
      // A node labels itself through its status, as kubelets do.
      prepareForUpdate(object, old) {
        const { labels } = object.metadata;
        keepAllButStatus(object, old);
        if (labels !== undefined) object.metadata.labels = labels;
      },
    },
  },
  allowUnconditionalUpdate: true,
};

function validateTaints(taints: readonly Taint[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const at = `spec.taints[${i}]`;
    const errors = validateLabelKey(taint.key ?? '', `${at}.key`);
    const messages = validateLabelValue(taint.value ?? '');
    if (messages.length > 0) errors.push(invalid(`${at}.value`, taint.value, messages.join(';')));
    if (!taint.effect) errors.push(required(`${at}.effect`));
    else if (!TAINT_EFFECTS.includes(taint.effect)) {
      errors.push(notSupported(`${at}.effect`, taint.effect, TAINT_EFFECTS));
    }
    const key = `${taint.key}:${taint.effect}`;
    if (seen.has(key)) errors.push(duplicate(at, taint));
    seen.add(key);
    return errors;
  });
}

/** Addresses and the provider's name are set once; the rest of the spec may change. */
function validateSpecKept(spec: NodeSpec, old: NodeSpec): FieldError[] {
  if (old.podCIDR && spec.podCIDR !== old.podCIDR) {
    return [
      forbidden('spec.podCIDR', 'node updates may not change podCIDR except from "" to valid'),
    ];
  }
  if (old.providerID && spec.providerID !== old.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    return [forbidden('spec.providerID', detail)];
  }
  return [];
}
