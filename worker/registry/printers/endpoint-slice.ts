import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME } from './columns.ts';

const MAX_SHOWN = 3;

export const endpointSlicePrinter: TablePrinter = {
  columns: [NAME, column('AddressType'), column('Ports'), column('Endpoints'), AGE],
  cells(object, now) {
    const { addressType = '', ports, endpoints } = object as unknown as Partial<EndpointSlice>;
    const shownPorts = (ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'));
    const addresses = (endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []);
    return [
      object.metadata.name ?? '',
      addressType,
      firstOf(shownPorts),
      firstOf(addresses),
      age(object, now),
    ];
  },
};

/** The first of a list, and how many there are more. */
function firstOf(list: readonly string[]): string {
  const text = list.slice(0, MAX_SHOWN).join(',');
  if (list.length > MAX_SHOWN) return `${text} + ${list.length - MAX_SHOWN} more...`;
  return text === '' ? '<unset>' : text;
}
