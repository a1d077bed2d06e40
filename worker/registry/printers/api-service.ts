import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME } from './columns.ts';

interface ServiceSpec {
  service?: { namespace?: string; name?: string };
}

interface ServiceStatus {
  conditions?: { type?: string; status?: string; reason?: string }[];
}

export const apiServicePrinter: TablePrinter = {
  columns: [NAME, column('Service'), column('Available'), AGE],
  cells(object, now) {
    const { service }: ServiceSpec = object.spec ?? {};
    const { conditions = [] }: ServiceStatus = object.status ?? {};
    const available = conditions.find(({ type }) => type === 'Available');
    const { status = 'Unknown', reason = '' } = available ?? {};
    return [
      object.metadata.name ?? '',
      service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
      status !== 'True' && reason !== '' ? `${status} (${reason})` : status,
      age(object, now),
    ];
  },
};
