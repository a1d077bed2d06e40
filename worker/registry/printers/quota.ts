import type { ResourceQuotaStatus } from 'kubernetes-types/core/v1.js';
import { quantityOf } from '../resources/resource-names.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME } from './columns.ts';

export const limitRangePrinter: TablePrinter = {
  columns: [NAME, column('Created At')],
  cells: (object) => [
    object.metadata.name ?? '',
    object.metadata.creationTimestamp ?? '0001-01-01T00:00:00Z',
  ],
};

const amountText = (amount: unknown): string => quantityOf(amount)?.toString() ?? '0';

export const resourceQuotaPrinter: TablePrinter = {
  columns: [NAME, column('Request'), column('Limit'), AGE],
  cells(object, now) {
    const { hard = {}, used = {} } = (object.status ?? {}) as ResourceQuotaStatus;
    const text = (isLimit: boolean): string =>
      Object.keys(hard)
        .filter((name) => name.startsWith('limits.') === isLimit)
        .sort()
        .map((name) => `${name}: ${amountText(used[name])}/${amountText(hard[name])}`)
        .join(', ');
    return [object.metadata.name ?? '', text(false), text(true), age(object, now)];
  },
};
