import {
  csiDriverPrinter,
  csiNodePrinter,
  csiStorageCapacityPrinter,
  storageClassPrinter,
  volumeAttachmentPrinter,
  volumeAttributesClassPrinter,
} from '../printers/storage.ts';
import { csiDriverStrategy } from '../resources/storage/csi-driver.ts';
import { csiNodeStrategy } from '../resources/storage/csi-node.ts';
import { csiStorageCapacityStrategy } from '../resources/storage/csi-storage-capacity.ts';
import { storageClassStrategy } from '../resources/storage/storage-class.ts';
import { volumeAttachmentStrategy } from '../resources/storage/volume-attachment.ts';
import { volumeAttributesClassStrategy } from '../resources/storage/volume-attributes-class.ts';
import type { ServedGroup } from '../served.ts';

export const STORAGE: ServedGroup = {
  'csidrivers.storage.k8s.io/v1': { strategy: csiDriverStrategy, printer: csiDriverPrinter },
  'csinodes.storage.k8s.io/v1': { strategy: csiNodeStrategy, printer: csiNodePrinter },
  'csistoragecapacities.storage.k8s.io/v1': {
    strategy: csiStorageCapacityStrategy,
    printer: csiStorageCapacityPrinter,
  },
  'storageclasses.storage.k8s.io/v1': {
    strategy: storageClassStrategy,
    printer: storageClassPrinter,
    shortNames: ['sc'],
  },
  'volumeattachments.storage.k8s.io/v1': {
    strategy: volumeAttachmentStrategy,
    printer: volumeAttachmentPrinter,
    subresources: ['status'],
  },
  'volumeattributesclasses.storage.k8s.io/v1': {
    strategy: volumeAttributesClassStrategy,
    printer: volumeAttributesClassPrinter,
    shortNames: ['vac'],
  },
};
