import type {
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  HPAScalingRules,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from 'kubernetes-types/autoscaling/v2.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** Everything may be missing from what a client sends. */
export type SpecFields = Partial<Omit<HorizontalPodAutoscalerSpec, 'behavior' | 'metrics'>> & {
  behavior?: { scaleUp?: RuleFields; scaleDown?: RuleFields };
  metrics?: MetricSpec[] | null;
};

export type StatusFields = Partial<Omit<HorizontalPodAutoscalerStatus, 'currentMetrics'>> & {
  currentMetrics?: MetricStatus[] | null;
};

/** With the field that the package of types does not know yet. */
export interface RuleFields extends HPAScalingRules {
  tolerance?: string;
}

export type Target = Partial<MetricTarget>;
export type Current = Partial<MetricValueStatus>;

export const specOf = (object: KubernetesObject): SpecFields => object.spec ?? {};
export const statusOf = (object: KubernetesObject): StatusFields => object.status ?? {};
