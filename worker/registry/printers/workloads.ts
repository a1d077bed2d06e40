import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from 'kubernetes-types/apps/v1.js';
import type { PodTemplate, ReplicationController } from 'kubernetes-types/core/v1.js';
import { formatLabelSelector } from '../../../apimachinery/label-selector.ts';
import type { TablePrinter } from '../table.ts';
import { type OwnerReference, parseAPIVersion } from '../../../apimachinery/meta.ts';
import {
  AGE,
  age,
  column,
  containerCells,
  formatLabels,
  NAME,
  NONE,
  wideColumn,
} from './columns.ts';

const WIDE = [wideColumn('Containers'), wideColumn('Images'), wideColumn('Selector')];
const REPLICA_COLUMNS = [
  NAME,
  column('Desired', 'integer'),
  column('Current', 'integer'),
  column('Ready', 'integer'),
  AGE,
  ...WIDE,
];

export const deploymentPrinter: TablePrinter = {
  columns: [NAME, column('Ready'), column('Up-to-date'), column('Available'), AGE, ...WIDE],
  cells(object, now) {
    const { spec, status } = object as unknown as Deployment;
    return [
      object.metadata.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      age(object, now),
      ...containerCells(spec?.template?.spec?.containers),
      formatLabelSelector(spec?.selector),
    ];
  },
};

export const replicaSetPrinter: TablePrinter = {
  columns: REPLICA_COLUMNS,
  cells(object, now) {
    const { spec, status } = object as unknown as ReplicaSet;
    return [
      object.metadata.name ?? '',
      spec?.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      age(object, now),
      ...containerCells(spec?.template?.spec?.containers),
      formatLabelSelector(spec?.selector),
    ];
  },
};

export const replicationControllerPrinter: TablePrinter = {
  columns: REPLICA_COLUMNS,
  cells(object, now) {
    const { spec, status } = object as unknown as ReplicationController;
    return [
      object.metadata.name ?? '',
      spec?.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      age(object, now),
      ...containerCells(spec?.template?.spec?.containers),
      formatLabels(spec?.selector),
    ];
  },
};

export const statefulSetPrinter: TablePrinter = {
  columns: [NAME, column('Ready'), AGE, wideColumn('Containers'), wideColumn('Images')],
  cells(object, now) {
    const { spec, status } = object as unknown as StatefulSet;
    return [
      object.metadata.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      age(object, now),
      ...containerCells(spec?.template?.spec?.containers),
    ];
  },
};

export const daemonSetPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Desired', 'integer'),
    column('Current', 'integer'),
    column('Ready', 'integer'),
    column('Up-to-date', 'integer'),
    column('Available', 'integer'),
    column('Node Selector'),
    AGE,
    ...WIDE,
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as DaemonSet;
    return [
      object.metadata.name ?? '',
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      formatLabels(spec?.template?.spec?.nodeSelector),
      age(object, now),
      ...containerCells(spec?.template?.spec?.containers),
      formatLabelSelector(spec?.selector),
    ];
  },
};

export const podTemplatePrinter: TablePrinter = {
  columns: [NAME, column('Containers'), column('Images'), column('Pod Labels')],
  cells(object) {
    const { template } = object as unknown as PodTemplate;
    return [
      object.metadata.name ?? '',
      ...containerCells(template?.spec?.containers),
      formatLabels(template?.metadata?.labels),
    ];
  },
};

export const controllerRevisionPrinter: TablePrinter = {
  columns: [NAME, column('Controller'), column('Revision', 'integer'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    controllerName(object.metadata.ownerReferences),
    typeof object.revision === 'number' ? object.revision : 0,
    age(object, now),
  ],
};

/** `statefulset.apps/web`, or `<none>`. */
function controllerName(owners: OwnerReference[] | undefined): string {
  const owner = owners?.find(({ controller }) => controller === true);
  if (owner === undefined) return NONE;
  const { group } = parseAPIVersion(owner.apiVersion ?? '');
  const kind = (owner.kind ?? '').toLowerCase();
  return `${group === '' ? kind : `${kind}.${group}`}/${owner.name ?? ''}`;
}
