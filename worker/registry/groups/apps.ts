import {
  controllerRevisionPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  replicaSetPrinter,
  statefulSetPrinter,
} from '../printers/workloads.ts';
import { controllerRevisionStrategy } from '../resources/apps/controller-revision.ts';
import { daemonSetStrategy } from '../resources/apps/daemon-set.ts';
import { statefulSetStrategy } from '../resources/apps/stateful-set.ts';
import { deploymentStrategy } from '../resources/deployment.ts';
import { replicaSetStrategy } from '../resources/replica-set.ts';
import type { ServedGroup } from '../served.ts';

export const APPS: ServedGroup = {
  'controllerrevisions.apps/v1': {
    strategy: controllerRevisionStrategy,
    printer: controllerRevisionPrinter,
  },
  'daemonsets.apps/v1': {
    strategy: daemonSetStrategy,
    printer: daemonSetPrinter,
    shortNames: ['ds'],
    categories: ['all'],
    subresources: ['status'],
  },
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
  'statefulsets.apps/v1': {
    strategy: statefulSetStrategy,
    printer: statefulSetPrinter,
    shortNames: ['sts'],
    categories: ['all'],
    subresources: ['scale', 'status'],
  },
};
