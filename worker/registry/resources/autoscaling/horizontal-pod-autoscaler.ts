import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { notNegative } from '../workload.ts';
import { type RuleFields, specOf, statusOf } from './types.ts';
import { validateAutoscaler } from './validate-autoscaler.ts';

/** Autoscalers as autoscaling/v2 has them, which is how they are stored. */
export const autoscalerStrategy: Strategy = {
  setDefaults,
  prepareForCreate(object) {
    object.status = { currentMetrics: null, desiredReplicas: 0 };
  },
  validate: (object) => validateAutoscaler(object),
  prepareForUpdate: keepStatus,
  validateUpdate: validateAutoscaler,
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: newStatusSubresource((object) => {
      const { currentReplicas, desiredReplicas } = statusOf(object);
      return [
        ...notNegative(currentReplicas, 'status.currentReplicas'),
        ...notNegative(desiredReplicas, 'status.desiredReplicas'),
      ];
    }),
  },
  allowUnconditionalUpdate: true,
};

const UTILIZATION_PERCENT = 80;

const newScaleUp = (): RuleFields => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
});

const newScaleDown = (): RuleFields => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
});

function setDefaults(object: KubernetesObject): void {
  object.spec ??= {};
  const spec = specOf(object);
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) {
    const target = { type: 'Utilization', averageUtilization: UTILIZATION_PERCENT };
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  const { behavior } = spec;
  if (behavior === undefined) return;
  behavior.scaleUp = withDefaults(behavior.scaleUp, newScaleUp());
  behavior.scaleDown = withDefaults(behavior.scaleDown, newScaleDown());
}

const withDefaults = (rules: RuleFields | undefined, defaults: RuleFields): RuleFields => ({
  ...defaults,
  ...Object.fromEntries(
    Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null),
  ),
});
