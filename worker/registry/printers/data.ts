import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME } from './columns.ts';

const sizeOf = (object: KubernetesObject, field: string): number =>
  Object.keys(object[field] ?? {}).length;

export const namespacePrinter: TablePrinter = {
  columns: [NAME, column('Status'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    ((object.status ?? {}) as { phase?: string }).phase ?? '',
    age(object, now),
  ],
};

export const configMapPrinter: TablePrinter = {
  columns: [NAME, column('Data'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    sizeOf(object, 'data') + sizeOf(object, 'binaryData'),
    age(object, now),
  ],
};

export const secretPrinter: TablePrinter = {
  columns: [NAME, column('Type'), column('Data'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    typeof object.type === 'string' ? object.type : '',
    sizeOf(object, 'data'),
    age(object, now),
  ],
};

export const serviceAccountPrinter: TablePrinter = {
  columns: [NAME, AGE],
  cells: (object, now) => [object.metadata.name ?? '', age(object, now)],
};

export const leasePrinter: TablePrinter = {
  columns: [NAME, column('Holder'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    ((object.spec ?? {}) as { holderIdentity?: string }).holderIdentity ?? '',
    age(object, now),
  ],
};
