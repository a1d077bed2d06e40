import { autoscalerPrinter, autoscalerV1Printer } from '../printers/autoscaling.ts';
import { autoscalerStrategy } from '../resources/autoscaling/horizontal-pod-autoscaler.ts';
import { AUTOSCALING_V1 } from '../resources/autoscaling/v1-conversion.ts';
import type { Served, ServedGroup } from '../served.ts';

const AUTOSCALER: Served = {
  strategy: autoscalerStrategy,
  printer: autoscalerPrinter,
  shortNames: ['hpa'],
  categories: ['all'],
  subresources: ['status'],
};

export const AUTOSCALING: ServedGroup = {
  'horizontalpodautoscalers.autoscaling/v1': {
    ...AUTOSCALER,
    printer: autoscalerV1Printer,
    view: { storage: 'horizontalpodautoscalers.autoscaling', conversion: AUTOSCALING_V1 },
  },
  'horizontalpodautoscalers.autoscaling/v2': AUTOSCALER,
};
