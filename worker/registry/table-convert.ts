import type { KubernetesObject, ListMeta, ObjectMeta } from '../../apimachinery/meta.ts';
import type { ResourceInfo } from './kind-table.ts';
import type { TableColumn, TablePrinter } from './table.ts';

/** What a row carries beside its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly includeObject: IncludeObject;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
  readonly listMeta?: ListMeta;
  /** False for the rows of a watch after its first. */
  readonly headers: boolean;
}

export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: ListMeta;
  columnDefinitions: readonly TableColumn[];
  rows: TableRow[];
}

export interface TableRow {
  cells: (string | number | boolean | null)[];
  object: PartialObjectMetadata | KubernetesObject | null;
}

export interface PartialObjectMetadata {
  kind: 'PartialObjectMetadata';
  apiVersion: 'meta.k8s.io/v1';
  metadata: ObjectMeta;
}

const DEFAULT_PRINTER: TablePrinter = {
  columns: [
    { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
    { name: 'Created At', type: 'date', format: '', description: '', priority: 0 },
  ],
  cells: ({ metadata }) => [metadata.name ?? '', metadata.creationTimestamp ?? ''],
};

/** Converts objects of one resource to a meta.k8s.io/v1 Table. */
export function toTable(
  info: ResourceInfo,
  objects: readonly KubernetesObject[],
  options: TableOptions,
): Table {
  const { includeObject, now, listMeta = {}, headers } = options;
  const printer = info.printer ?? DEFAULT_PRINTER;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMeta,
    columnDefinitions: headers ? printer.columns : [],
    rows: objects.map((object) => ({
      cells: printer.cells(object, now),
      object: rowObject(object, includeObject),
    })),
  };
}

function rowObject(object: KubernetesObject, include: IncludeObject): TableRow['object'] {
  switch (include) {
    case 'None':
      return null;
    case 'Object':
      return object;
    case 'Metadata':
      return partialObjectMetadata(object);
    default:
      return include satisfies never;
  }
}

/** An object as clients see it that asked for metadata only. */
export function partialObjectMetadata(object: KubernetesObject): PartialObjectMetadata {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  };
}
