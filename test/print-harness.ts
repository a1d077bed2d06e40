import type { KubernetesObject } from '../apimachinery/meta.ts';
import type { ResourceInfo } from '../worker/registry/kind-table.ts';
import { RESOURCES } from '../worker/registry/resource-table.ts';
import { toTable } from '../worker/registry/table-convert.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const METADATA = { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' };

/** The cells of one object, an hour old, by column name. */
export function printed(resource: string | ResourceInfo, object: object): Record<string, unknown> {
  const info = typeof resource === 'string' ? RESOURCES.get(resource) : resource;
  if (info === undefined) throw new Error('the resource is not served');
  const full: KubernetesObject = { metadata: METADATA, ...object };
  const table = toTable(info, [full], { includeObject: 'None', now: NOW, headers: true });
  return Object.fromEntries(
    table.columnDefinitions.map((column, i) => [column.name, table.rows[0]?.cells[i]]),
  );
}
