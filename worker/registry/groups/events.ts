import { eventPrinter } from '../printers/event.ts';
import { eventViewStrategy, strictEventStrategy } from '../resources/events/event.ts';
import { EVENTS_V1 } from '../resources/events/v1-conversion.ts';
import type { ServedGroup } from '../served.ts';

export const EVENTS: ServedGroup = {
  'events.events.k8s.io/v1': {
    strategy: eventViewStrategy,
    printer: {
      columns: eventPrinter.columns,
      cells: (object, now) => eventPrinter.cells(EVENTS_V1.toStored(object), now),
    },
    shortNames: ['ev'],
    view: { storage: 'events', conversion: EVENTS_V1, strategy: strictEventStrategy },
  },
};
