import type { PriorityClass } from 'kubernetes-types/scheduling/v1.js';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME } from './columns.ts';

export const runtimeClassPrinter: TablePrinter = {
  columns: [NAME, column('Handler'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    typeof object.handler === 'string' ? object.handler : '',
    age(object, now),
  ],
};

export const priorityClassPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Value', 'integer'),
    column('Global-Default', 'boolean'),
    AGE,
    column('PreemptionPolicy'),
  ],
  cells(object, now) {
    const fields = object as unknown as Partial<PriorityClass>;
    return [
      object.metadata.name ?? '',
      fields.value ?? 0,
      fields.globalDefault ?? false,
      age(object, now),
      fields.preemptionPolicy ?? '',
    ];
  },
};
