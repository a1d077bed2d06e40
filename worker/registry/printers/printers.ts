import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { TablePrinter } from '../table.ts';
import {
  configMapPrinter,
  leasePrinter,
  namespacePrinter,
  secretPrinter,
  serviceAccountPrinter,
} from './data.ts';
import { eventPrinter } from './event.ts';
import { nodePrinter } from './node.ts';
import { podPrinter } from './pod.ts';
import { servicePrinter } from './service.ts';
import { deploymentPrinter, replicaSetPrinter, replicationControllerPrinter } from './workloads.ts';

/** The server-side printers, by resource; what has none shows its name and when it was created. */
export const PRINTERS: Readonly<Record<GroupResource, TablePrinter | undefined>> = {
  configmaps: configMapPrinter,
  'deployments.apps': deploymentPrinter,
  events: eventPrinter,
  'leases.coordination.k8s.io': leasePrinter,
  namespaces: namespacePrinter,
  nodes: nodePrinter,
  pods: podPrinter,
  'replicasets.apps': replicaSetPrinter,
  replicationcontrollers: replicationControllerPrinter,
  secrets: secretPrinter,
  serviceaccounts: serviceAccountPrinter,
  services: servicePrinter,
};
