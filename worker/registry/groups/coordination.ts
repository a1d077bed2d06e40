import { leasePrinter } from '../printers/data.ts';
import { leaseStrategy } from '../resources/lease.ts';
import type { ServedGroup } from '../served.ts';

export const COORDINATION: ServedGroup = {
  'leases.coordination.k8s.io/v1': { strategy: leaseStrategy, printer: leasePrinter },
};
