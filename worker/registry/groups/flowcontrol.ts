import { flowSchemaPrinter, priorityLevelPrinter } from '../printers/flowcontrol.ts';
import { flowSchemaStrategy } from '../resources/flowcontrol/flow-schema.ts';
import { priorityLevelStrategy } from '../resources/flowcontrol/priority-level.ts';
import type { ServedGroup } from '../served.ts';

export const FLOW_CONTROL: ServedGroup = {
  'flowschemas.flowcontrol.apiserver.k8s.io/v1': {
    strategy: flowSchemaStrategy,
    printer: flowSchemaPrinter,
    subresources: ['status'],
  },
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io/v1': {
    strategy: priorityLevelStrategy,
    printer: priorityLevelPrinter,
    subresources: ['status'],
  },
};
