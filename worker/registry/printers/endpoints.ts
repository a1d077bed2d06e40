import type { EndpointSubset } from 'kubernetes-types/core/v1.js';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, NONE } from './columns.ts';

const MAX_SHOWN = 3;

export const endpointsPrinter: TablePrinter = {
  columns: [NAME, column('Endpoints'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    endpointsText((object.subsets as EndpointSubset[] | null | undefined) ?? []),
    age(object, now),
  ],
};

/** The first few endpoints that are ready, and how many more there are. */
function endpointsText(subsets: readonly EndpointSubset[]): string {
  if (subsets.length === 0) return NONE;
  const all = subsets.flatMap(({ addresses, ports }) => {
    const ips = (addresses ?? []).map(({ ip }) => ip ?? '');
    if ((ports ?? []).length === 0) return ips;
    return (ports ?? []).flatMap(({ port }) =>
      ips.map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
    );
  });
  const shown = all.slice(0, MAX_SHOWN).join(',');
  return all.length > MAX_SHOWN ? `${shown} + ${all.length - MAX_SHOWN} more...` : shown;
}
