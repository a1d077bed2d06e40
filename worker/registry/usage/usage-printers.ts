import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { parseQuantity, type Quantity } from '../../../apimachinery/quantity.ts';
import { NAME } from '../printers/columns.ts';
import type { TableColumn, TablePrinter } from '../table.ts';

type Usage = Readonly<Record<string, string>>;

const RESOURCES = ['cpu', 'memory'] as const;

const column = (name: string, format: TableColumn['format']): TableColumn => ({
  name,
  type: 'string',
  format,
  description: '',
  priority: 0,
});

const columns = [
  NAME,
  ...RESOURCES.map((name) => column(name, 'quantity')),
  column('Window', 'duration'),
];

export const nodeMetricsPrinter: TablePrinter = {
  columns,
  cells: (object) => row(object, [object['usage'] as Usage]),
};

/** A pod's containers together. */
export const podMetricsPrinter: TablePrinter = {
  columns,
  cells: (object) =>
    row(
      object,
      (object['containers'] as readonly { usage: Usage }[]).map(({ usage }) => usage),
    ),
};

const row = (object: KubernetesObject, usages: readonly Usage[]): string[] => [
  object.metadata.name ?? '',
  ...RESOURCES.map((name) => sum(usages.map((usage) => parseQuantity(usage[name] ?? '0')))),
  object['window'] as string,
];

const sum = (quantities: readonly Quantity[]): string =>
  quantities.length === 0 ? '0' : quantities.reduce((a, b) => a.add(b)).toCanonical();
