import type { PersistentVolume, PersistentVolumeClaim } from 'kubernetes-types/core/v1.js';
import { parseQuantity } from '../../../apimachinery/quantity.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, wideColumn } from './columns.ts';

const UNSET = '<unset>';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** `RWO,ROX`, in an order of their own. */
const modesText = (modes: readonly string[] | undefined): string =>
  Object.entries(SHORT_MODES)
    .flatMap(([mode, short]) => (modes?.includes(mode) === true ? [short] : []))
    .join(',');

function storageText(capacity: Readonly<Record<string, unknown>> | undefined): string {
  const storage = capacity?.storage;
  return typeof storage === 'string' ? parseQuantity(storage).toString() : '0';
}

/** The class of a volume or claim, which an annotation used to name. */
const classText = (object: {
  metadata?: { annotations?: Record<string, string> };
  spec?: { storageClassName?: string };
}): string =>
  object.metadata?.annotations?.[CLASS_ANNOTATION] ?? object.spec?.storageClassName ?? '';

const attributesClassText = (spec: { volumeAttributesClassName?: string } | undefined): string =>
  spec?.volumeAttributesClassName ?? UNSET;

export const volumePrinter: TablePrinter = {
  columns: [
    NAME,
    column('Capacity'),
    column('Access Modes'),
    column('Reclaim Policy'),
    column('Status'),
    column('Claim'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    column('Reason'),
    AGE,
    wideColumn('VolumeMode'),
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as PersistentVolume;
    const { namespace = '', name = '' } = spec?.claimRef ?? {};
    return [
      object.metadata.name ?? '',
      storageText(spec?.capacity),
      modesText(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      object.metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      spec?.claimRef === undefined ? '' : `${namespace}/${name}`,
      classText(object),
      attributesClassText(spec),
      status?.reason ?? '',
      age(object, now),
      spec?.volumeMode ?? UNSET,
    ];
  },
};

export const claimPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Status'),
    column('Volume'),
    column('Capacity'),
    column('Access Modes'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    AGE,
    wideColumn('VolumeMode'),
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as PersistentVolumeClaim;
    const isBound = !!spec?.volumeName;
    return [
      object.metadata.name ?? '',
      object.metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      spec?.volumeName ?? '',
      isBound ? storageText(status?.capacity) : '',
      isBound ? modesText(status?.accessModes) : '',
      classText(object),
      attributesClassText(spec),
      age(object, now),
      spec?.volumeMode ?? UNSET,
    ];
  },
};
