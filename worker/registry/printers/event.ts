import type { Event } from 'kubernetes-types/core/v1.js';
import type { TablePrinter } from '../table.ts';
import { column, since, wideColumn } from './columns.ts';

export const eventPrinter: TablePrinter = {
  columns: [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    wideColumn('Subobject'),
    wideColumn('Source'),
    column('Message'),
    wideColumn('First Seen'),
    wideColumn('Count'),
    { ...wideColumn('Name'), format: 'name' },
  ],
  cells(object, now) {
    const event = object as unknown as Event;
    const first = event.firstTimestamp || event.eventTime;
    const last = event.series?.lastObservedTime || event.lastTimestamp || first;
    const about = event.involvedObject;
    const kind = (about.kind ?? '').toLowerCase();
    return [
      since(last, now),
      event.type ?? '',
      event.reason ?? '',
      about.name ? `${kind}/${about.name}` : kind,
      about.fieldPath ?? '',
      sourceText(event),
      (event.message ?? '').trim(),
      since(first, now),
      event.series?.count ?? (event.count || 1),
      object.metadata.name ?? '',
    ];
  },
};

/** `kubelet, node-1`: who tells of it, and from where. */
function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || '';
  const instance = source?.host || reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}
