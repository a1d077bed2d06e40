import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME } from './columns.ts';

export const podDisruptionBudgetPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Min Available'),
    column('Max Unavailable'),
    column('Allowed Disruptions', 'integer'),
    AGE,
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as PodDisruptionBudget;
    return [
      object.metadata.name ?? '',
      String(spec?.minAvailable ?? 'N/A'),
      String(spec?.maxUnavailable ?? 'N/A'),
      status?.disruptionsAllowed ?? 0,
      age(object, now),
    ];
  },
};
