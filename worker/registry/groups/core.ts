import {
  configMapPrinter,
  namespacePrinter,
  secretPrinter,
  serviceAccountPrinter,
} from '../printers/data.ts';
import { eventPrinter } from '../printers/event.ts';
import { nodePrinter } from '../printers/node.ts';
import { podPrinter } from '../printers/pod.ts';
import { servicePrinter } from '../printers/service.ts';
import { limitRangePrinter, resourceQuotaPrinter } from '../printers/quota.ts';
import { endpointsPrinter } from '../printers/endpoints.ts';
import { claimPrinter, volumePrinter } from '../printers/volumes.ts';
import { podTemplatePrinter, replicationControllerPrinter } from '../printers/workloads.ts';
import { configMapStrategy } from '../resources/config-map.ts';
import { endpointsStrategy } from '../resources/endpoints/endpoints.ts';
import { podTemplateStrategy } from '../resources/pod-template.ts';
import { limitRangeStrategy } from '../resources/quota/limit-range.ts';
import { resourceQuotaStrategy } from '../resources/quota/resource-quota.ts';
import { eventStrategy } from '../resources/events/event.ts';
import { namespaceStrategy } from '../resources/namespace.ts';
import { nodeStrategy } from '../resources/node.ts';
import { podStrategy } from '../resources/pod/strategy.ts';
import { replicationControllerStrategy } from '../resources/replication-controller.ts';
import { secretStrategy } from '../resources/secret.ts';
import { serviceAccountStrategy } from '../resources/service-account.ts';
import { serviceStrategy } from '../resources/service/strategy.ts';
import { claimStrategy } from '../resources/volumes/claim.ts';
import { volumeStrategy } from '../resources/volumes/volume.ts';
import { VERBS, type ServedGroup } from '../served.ts';

export const CORE: ServedGroup = {
  'configmaps./v1': { strategy: configMapStrategy, printer: configMapPrinter, shortNames: ['cm'] },
  'endpoints./v1': {
    strategy: endpointsStrategy,
    printer: endpointsPrinter,
    shortNames: ['ep'],
    deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  },
  'events./v1': { strategy: eventStrategy, printer: eventPrinter, shortNames: ['ev'] },
  'limitranges./v1': {
    strategy: limitRangeStrategy,
    printer: limitRangePrinter,
    shortNames: ['limits'],
  },
  'namespaces./v1': {
    strategy: namespaceStrategy,
    printer: namespacePrinter,
    shortNames: ['ns'],
    verbs: VERBS.filter((verb) => verb !== 'deletecollection'),
    subresources: ['finalize', 'status'],
  },
  'nodes./v1': {
    strategy: nodeStrategy,
    printer: nodePrinter,
    shortNames: ['no'],
    subresources: ['proxy', 'status'],
  },
  'persistentvolumeclaims./v1': {
    strategy: claimStrategy,
    printer: claimPrinter,
    shortNames: ['pvc'],
    subresources: ['status'],
  },
  'persistentvolumes./v1': {
    strategy: volumeStrategy,
    printer: volumePrinter,
    shortNames: ['pv'],
    subresources: ['status'],
  },
  'pods./v1': {
    strategy: podStrategy,
    printer: podPrinter,
    shortNames: ['po'],
    categories: ['all'],
    subresources: [
      'attach',
      'binding',
      'ephemeralcontainers',
      'eviction',
      'exec',
      'log',
      'portforward',
      'proxy',
      'resize',
      'status',
    ],
  },
  'podtemplates./v1': { strategy: podTemplateStrategy, printer: podTemplatePrinter },
  'replicationcontrollers./v1': {
    strategy: replicationControllerStrategy,
    printer: replicationControllerPrinter,
    shortNames: ['rc'],
    categories: ['all'],
    subresources: ['scale', 'status'],
  },
  'resourcequotas./v1': {
    strategy: resourceQuotaStrategy,
    printer: resourceQuotaPrinter,
    shortNames: ['quota'],
    subresources: ['status'],
  },
  'secrets./v1': { strategy: secretStrategy, printer: secretPrinter },
  'serviceaccounts./v1': {
    strategy: serviceAccountStrategy,
    printer: serviceAccountPrinter,
    shortNames: ['sa'],
    subresources: ['token'],
  },
  'services./v1': {
    strategy: serviceStrategy,
    printer: servicePrinter,
    shortNames: ['svc'],
    categories: ['all'],
    subresources: ['proxy', 'status'],
  },
};
