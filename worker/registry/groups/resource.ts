import { namePrinter, resourceClaimPrinter, resourceSlicePrinter } from '../printers/resource.ts';
import { deviceClassStrategy } from '../resources/resource/device-class.ts';
import { resourceClaimTemplateStrategy } from '../resources/resource/resource-claim-template.ts';
import { resourceClaimStrategy } from '../resources/resource/resource-claim.ts';
import { resourceSliceStrategy } from '../resources/resource/resource-slice.ts';
import type { ServedGroup } from '../served.ts';

export const RESOURCE: ServedGroup = {
  'deviceclasses.resource.k8s.io/v1': { strategy: deviceClassStrategy, printer: namePrinter },
  'resourceclaims.resource.k8s.io/v1': {
    strategy: resourceClaimStrategy,
    printer: resourceClaimPrinter,
    subresources: ['status'],
  },
  'resourceclaimtemplates.resource.k8s.io/v1': {
    strategy: resourceClaimTemplateStrategy,
    printer: namePrinter,
  },
  'resourceslices.resource.k8s.io/v1': {
    strategy: resourceSliceStrategy,
    printer: resourceSlicePrinter,
  },
};
