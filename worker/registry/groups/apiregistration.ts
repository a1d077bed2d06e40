import { apiServicePrinter } from '../printers/api-service.ts';
import { apiServiceStrategy } from '../resources/apiregistration/api-service.ts';
import type { ServedGroup } from '../served.ts';

export const API_REGISTRATION: ServedGroup = {
  'apiservices.apiregistration.k8s.io/v1': {
    strategy: apiServiceStrategy,
    printer: apiServicePrinter,
    categories: ['api-extensions'],
    subresources: ['status'],
  },
};
