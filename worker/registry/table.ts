import type { KubernetesObject } from '../../apimachinery/meta.ts';

/** One column of a meta.k8s.io/v1 Table. `priority` 0 is always shown, 1 with `-o wide`. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format: '' | 'name' | 'int64' | 'int32' | 'date-time' | 'quantity' | 'duration';
  readonly description: string;
  readonly priority: number;
}

/** How `kubectl get` shows a resource: the server-side printer. */
export interface TablePrinter {
  readonly columns: readonly TableColumn[];
  /** One row, a cell per column. `now` (ms) for ages. */
  cells(object: KubernetesObject, now: number): (string | number | boolean | null)[];
}
