import { humanDuration } from '../../../apimachinery/duration.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { TableColumn } from '../table.ts';

/** A column that is always shown. */
export function column(
  name: string,
  type: TableColumn['type'] = 'string',
  description = '',
): TableColumn {
  return { name, type, format: name === 'Name' ? 'name' : '', description, priority: 0 };
}

/** A column that `-o wide` adds. */
export const wideColumn = (name: string, type: TableColumn['type'] = 'string'): TableColumn => ({
  ...column(name, type),
  priority: 1,
});

export const NAME = column('Name');
export const AGE = column('Age');
export const NONE = '<none>';

/** How long ago a time was, as the AGE column shows it; `<unknown>` for no time. */
export function since(time: string | null | undefined, now: number): string {
  if (!time) return '<unknown>';
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? '<unknown>' : humanDuration(now - ms);
}

export const age = (object: KubernetesObject, now: number): string =>
  since(object.metadata.creationTimestamp, now);

/** Labels as `a=b,c=d`, sorted by key. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const text = Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return text === '' ? NONE : text;
}

/** Names and images of containers, each as one cell. */
export function containerCells(
  containers: readonly { name: string; image?: string }[] | undefined,
): [string, string] {
  const list = containers ?? [];
  return [list.map((c) => c.name).join(','), list.map((c) => c.image ?? '').join(',')];
}
