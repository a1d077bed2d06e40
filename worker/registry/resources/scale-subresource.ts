import type { SubresourceStrategy } from '../strategy.ts';
import { notNegative, workloadSpec } from './workload.ts';

/** Scaling changes `spec.replicas` of what it scales, and nothing else (see ../scale.ts). */
export const SCALE_SUBRESOURCE: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const { replicas } = workloadSpec(object);
    object.spec = { ...workloadSpec(old), ...(replicas === undefined ? {} : { replicas }) };
    if (old.status !== undefined) object.status = old.status;
  },
  validateUpdate: (object) => notNegative(workloadSpec(object).replicas, 'spec.replicas'),
};
