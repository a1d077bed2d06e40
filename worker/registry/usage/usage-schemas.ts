import type { JSONSchema } from '../crd/schema/json-schema.ts';
import type { ResourceInfo } from '../kind-table.ts';
import { USAGE_ENDPOINTS } from './usage-resources.ts';

const usage: JSONSchema = {
  type: 'object',
  description: 'How much of each resource (`cpu`, `memory`) is used.',
  additionalProperties: { type: 'string', description: 'A quantity.' },
};

const period: Readonly<Record<string, JSONSchema>> = {
  timestamp: { type: 'string', format: 'date-time', description: 'When the window ended.' },
  window: { type: 'string', description: 'How long CPU was measured for, as in `15s`.' },
};

const SCHEMAS: Readonly<Record<string, JSONSchema>> = {
  NodeMetrics: {
    type: 'object',
    description: 'What a node uses at the moment.',
    required: ['timestamp', 'window', 'usage'],
    properties: { ...period, usage },
  },
  PodMetrics: {
    type: 'object',
    description: 'What a pod uses at the moment.',
    required: ['timestamp', 'window', 'containers'],
    properties: {
      ...period,
      containers: {
        type: 'array',
        description: 'Every container that runs.',
        items: {
          type: 'object',
          required: ['name', 'usage'],
          properties: { name: { type: 'string', description: 'Of the container.' }, usage },
        },
      },
    },
  },
};

/**
 * The resources of `metrics.k8s.io` as documents show them: their schemas are not compiled from
 * upstream's data, so they are given like those of custom resources.
 */
export const DOCUMENTED_USAGE: readonly ResourceInfo[] = USAGE_ENDPOINTS.map((info) => ({
  ...info,
  custom: {
    definition: { uid: info.kind, generation: 1 },
    // Nothing of them is ever sent or stored.
    decode: () => {
      throw new Error(`${info.kind} cannot be written`);
    },
    readStored: (object) => object,
    ...(SCHEMAS[info.kind] === undefined ? {} : { definitionSchema: SCHEMAS[info.kind] }),
  },
}));
