import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
} from 'kubernetes-types/storage/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, NONE } from './columns.ts';

const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const DEFAULT_ATTRIBUTES_CLASS = ['volumeattributesclass.alpha.kubernetes.io/is-default-class'];

/** The name, and whether it is what those get that name no class. */
function className(object: KubernetesObject, annotations: readonly string[]): string {
  const name = object.metadata.name ?? '';
  const isDefault = annotations.some((key) => object.metadata.annotations?.[key] === 'true');
  return isDefault ? `${name} (default)` : name;
}

export const storageClassPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Provisioner'),
    column('ReclaimPolicy'),
    column('VolumeBindingMode'),
    column('AllowVolumeExpansion'),
    AGE,
  ],
  cells(object, now) {
    const fields = object as unknown as Partial<StorageClass>;
    return [
      className(object, DEFAULT_CLASS),
      fields.provisioner ?? '',
      fields.reclaimPolicy ?? 'Delete',
      fields.volumeBindingMode ?? 'Immediate',
      fields.allowVolumeExpansion ?? false,
      age(object, now),
    ];
  },
};

export const volumeAttributesClassPrinter: TablePrinter = {
  columns: [NAME, column('DriverName'), AGE],
  cells: (object, now) => [
    className(object, DEFAULT_ATTRIBUTES_CLASS),
    typeof object.driverName === 'string' ? object.driverName : '',
    age(object, now),
  ],
};

export const csiDriverPrinter: TablePrinter = {
  columns: [
    NAME,
    column('AttachRequired', 'boolean'),
    column('PodInfoOnMount', 'boolean'),
    column('StorageCapacity', 'boolean'),
    column('TokenRequests'),
    column('RequiresRepublish', 'boolean'),
    column('Modes'),
    AGE,
  ],
  cells(object, now) {
    const spec = (object as unknown as Partial<CSIDriver>).spec ?? {};
    const audiences = spec.tokenRequests?.map(({ audience }) => audience).join(',');
    return [
      object.metadata.name ?? '',
      spec.attachRequired ?? true,
      spec.podInfoOnMount ?? false,
      spec.storageCapacity ?? false,
      audiences ?? '<unset>',
      spec.requiresRepublish ?? false,
      (spec.volumeLifecycleModes ?? []).join(',') || NONE,
      age(object, now),
    ];
  },
};

export const csiNodePrinter: TablePrinter = {
  columns: [NAME, column('Drivers', 'integer'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    ((object as unknown as Partial<CSINode>).spec?.drivers ?? []).length,
    age(object, now),
  ],
};

/** There is no age, as upstream has it. */
export const csiStorageCapacityPrinter: TablePrinter = {
  columns: [NAME, column('StorageClassName'), column('Capacity')],
  cells(object) {
    const { storageClassName, capacity } = object as unknown as Partial<CSIStorageCapacity>;
    return [object.metadata.name ?? '', storageClassName ?? '', capacity ?? '<unset>'];
  },
};

export const volumeAttachmentPrinter: TablePrinter = {
  columns: [
    NAME,
    { ...column('Attacher'), format: 'name' },
    column('PV'),
    column('Node'),
    column('Attached', 'boolean'),
    AGE,
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as Partial<VolumeAttachment>;
    return [
      object.metadata.name ?? '',
      spec?.attacher ?? '',
      spec?.source?.persistentVolumeName ?? '',
      spec?.nodeName ?? '',
      status?.attached ?? false,
      age(object, now),
    ];
  },
};
