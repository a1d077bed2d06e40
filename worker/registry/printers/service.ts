import type { Service } from 'kubernetes-types/core/v1.js';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, formatLabels, NAME, NONE, wideColumn } from './columns.ts';

export const servicePrinter: TablePrinter = {
  columns: [
    NAME,
    column('Type'),
    column('Cluster-IP'),
    column('External-IP'),
    column('Port(s)'),
    AGE,
    wideColumn('Selector'),
  ],
  cells(object, now) {
    const service = object as unknown as Service;
    return [
      object.metadata.name ?? '',
      service.spec?.type ?? '',
      service.spec?.clusterIPs?.[0] || service.spec?.clusterIP || NONE,
      externalAddress(service),
      ports(service),
      age(object, now),
      formatLabels(service.spec?.selector),
    ];
  },
};

function externalAddress({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '');
      const distinct = new Set(ingress.filter((address) => address !== ''));
      const all = [...[...distinct].sort(), ...external];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return external.length === 0 ? NONE : external.join(',');
  }
}

function ports({ spec }: Service): string {
  const list = spec?.ports ?? [];
  if (list.length === 0) return NONE;
  return list
    .map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol ?? 'TCP'}`)
    .join(',');
}
