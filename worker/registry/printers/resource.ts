import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { ClaimStatus, SliceSpec } from '../resources/resource/device-types.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME } from './columns.ts';

const nameOf = (object: KubernetesObject): string => object.metadata.name ?? '';

/** Device classes and templates of claims, which show no more. */
export const namePrinter: TablePrinter = {
  columns: [NAME, AGE],
  cells: (object, now) => [nameOf(object), age(object, now)],
};

export const resourceClaimPrinter: TablePrinter = {
  columns: [NAME, column('State'), AGE],
  cells: (object, now) => [nameOf(object), claimState(object), age(object, now)],
};

function claimState({ metadata, status }: KubernetesObject): string {
  const { allocation, reservedFor } = (status ?? {}) as ClaimStatus;
  const states = metadata.deletionTimestamp ? ['deleted'] : [];
  if (allocation === undefined) return states[0] ?? 'pending';
  states.push('allocated');
  if ((reservedFor ?? []).length > 0) states.push('reserved');
  return states.join(',');
}

export const resourceSlicePrinter: TablePrinter = {
  columns: [NAME, column('Node'), column('Driver'), column('Pool'), AGE],
  cells(object, now) {
    const { nodeName, driver = '', pool } = (object.spec ?? {}) as SliceSpec;
    return [nameOf(object), nodeName ?? '', driver, pool?.name ?? '', age(object, now)];
  },
};
