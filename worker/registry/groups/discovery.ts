import { endpointSlicePrinter } from '../printers/endpoint-slice.ts';
import { endpointSliceStrategy } from '../resources/discovery/endpoint-slice.ts';
import type { ServedGroup } from '../served.ts';

export const DISCOVERY: ServedGroup = {
  'endpointslices.discovery.k8s.io/v1': {
    strategy: endpointSliceStrategy,
    printer: endpointSlicePrinter,
  },
};
