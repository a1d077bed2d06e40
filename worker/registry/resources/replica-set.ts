import type { ReplicaSetSpec } from 'kubernetes-types/apps/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { setTemplateDefaults } from './pod/template.ts';
import { SCALE_SUBRESOURCE } from './scale-subresource.ts';
import { keepStatus, STATUS_SUBRESOURCE } from './status-subresource.ts';
import { validateSelectorUnchanged, validateWorkload, workloadSpec } from './workload.ts';

export const replicaSetStrategy: Strategy = {
  setDefaults(object) {
    const spec = object.spec as ReplicaSetSpec;
    spec.replicas ??= 1;
    setTemplateDefaults(spec.template);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
  validate: (object) => validateWorkload(workloadSpec(object), 'replicaset'),
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old) => [
    ...validateWorkload(workloadSpec(object), 'replicaset'),
    ...validateSelectorUnchanged(object, old),
  ],
  validateName: nameIsDNSSubdomain,
  selectableFields: replicaCountFields,
  subresources: { status: STATUS_SUBRESOURCE, scale: SCALE_SUBRESOURCE },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

/** `status.replicas`, which replica sets and replication controllers can be selected by. */
export function replicaCountFields(object: KubernetesObject): Record<string, string> {
  const { replicas } = (object.status ?? {}) as { replicas?: number };
  return { 'status.replicas': String(replicas ?? 0) };
}
