import type { Deployment, ReplicaSet } from 'kubernetes-types/apps/v1.js';
import type { ReplicationController } from 'kubernetes-types/core/v1.js';
import { formatLabelSelector } from '../../../apimachinery/label-selector.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, containerCells, formatLabels, NAME, wideColumn } from './columns.ts';

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
  columns: [
    NAME,
    column('Ready'),
    column('Up-to-date', 'integer'),
    column('Available', 'integer'),
    AGE,
    ...WIDE,
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as Deployment;
    return [
      object.metadata.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      age(object, now),
      ...containerCells(spec?.template.spec?.containers),
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
