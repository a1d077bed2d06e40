import type { KubernetesObject, ListMeta } from '../../apimachinery/meta.ts';
import type { ResourceInfo } from './kind-table.ts';
import type { TableColumn, TablePrinter } from './table.ts';

export interface TableRow {
  readonly cells: readonly (string | number | boolean | null)[];
  readonly object?: unknown;
}

/** meta.k8s.io/v1 Table. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly TableColumn[] | null;
  readonly rows: readonly TableRow[];
}

export interface TableOptions {
  /** What each row carries of its object. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
  readonly listMeta: ListMeta;
  /** Whether columns are told; watches tell them once. */
  readonly headers: boolean;
}

/** What `kubectl get` shows of a resource that has no printer of its own. */
const DEFAULT_PRINTER: TablePrinter = {
  columns: [
    {
      name: 'Name',
      type: 'string',
      format: 'name',
      description: 'Name of the object, unique among its kind and namespace',
      priority: 0,
    },
    {
      name: 'Created At',
      type: 'date',
      format: '',
      description: 'When the server made the object',
      priority: 0,
    },
  ],
  cells: (object) => [object.metadata.name ?? '', object.metadata.creationTimestamp ?? null],
};

/** Shows objects as rows, in upstream's server-side columns. */
export function toTable(
  info: ResourceInfo,
  objects: readonly KubernetesObject[],
  options: TableOptions,
): Table {
  const printer = info.printer ?? DEFAULT_PRINTER;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.listMeta,
    columnDefinitions: options.headers ? printer.columns : null,
    rows: objects.map((object) => ({
      cells: printer.cells(object, options.now),
      ...rowObject(object, options.includeObject),
    })),
  };
}

function rowObject(
  object: KubernetesObject,
  include: TableOptions['includeObject'],
): Pick<TableRow, 'object'> {
  switch (include) {
    case 'None':
      return {};
    case 'Metadata':
      return { object: partialObjectMetadata(object) };
    case 'Object':
      return { object };
  }
}

/** An object without everything but its metadata. */
export function partialObjectMetadata(object: KubernetesObject) {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  };
}
