import { deploymentPrinter, replicaSetPrinter } from '../printers/workloads.ts';
import { deploymentStrategy } from '../resources/deployment.ts';
import { replicaSetStrategy } from '../resources/replica-set.ts';
import type { ServedGroup } from '../served.ts';

export const APPS: ServedGroup = {
  'deployments.apps/v1': {
    strategy: deploymentStrategy,
    printer: deploymentPrinter,
    shortNames: ['deploy'],
    categories: ['all'],
    subresources: ['scale', 'status'],
  },
  'replicasets.apps/v1': {
    strategy: replicaSetStrategy,
    printer: replicaSetPrinter,
    shortNames: ['rs'],
    categories: ['all'],
    subresources: ['scale', 'status'],
  },
};
