import { podDisruptionBudgetPrinter } from '../printers/policy.ts';
import { podDisruptionBudgetStrategy } from '../resources/pod-disruption-budget.ts';
import type { ServedGroup } from '../served.ts';

export const POLICY: ServedGroup = {
  'poddisruptionbudgets.policy/v1': {
    strategy: podDisruptionBudgetStrategy,
    printer: podDisruptionBudgetPrinter,
    shortNames: ['pdb'],
    subresources: ['status'],
  },
};
