import { priorityClassPrinter } from '../printers/classes.ts';
import { priorityClassStrategy } from '../resources/scheduling/priority-class.ts';
import type { ServedGroup } from '../served.ts';

export const SCHEDULING: ServedGroup = {
  'priorityclasses.scheduling.k8s.io/v1': {
    strategy: priorityClassStrategy,
    printer: priorityClassPrinter,
    shortNames: ['pc'],
  },
};
