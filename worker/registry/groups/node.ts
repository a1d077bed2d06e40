import { runtimeClassPrinter } from '../printers/classes.ts';
import { runtimeClassStrategy } from '../resources/node/runtime-class.ts';
import type { ServedGroup } from '../served.ts';

export const NODE: ServedGroup = {
  'runtimeclasses.node.k8s.io/v1': {
    strategy: runtimeClassStrategy,
    printer: runtimeClassPrinter,
  },
};
