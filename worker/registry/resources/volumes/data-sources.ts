import type { ClaimSpecFields } from './claim-spec.ts';

const isClaimOrSnapshot = ({ kind, apiGroup = '' }: { kind?: string; apiGroup?: string }) =>
  (kind === 'PersistentVolumeClaim' && apiGroup === '') ||
  (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io');

/**
 * Takes away what a claim may not be filled from: `dataSource` has always been for claims and
 * snapshots, and sources in other namespaces are behind a gate that v1.36 leaves closed.
 */
export function dropForeignSource(spec: ClaimSpecFields, old: ClaimSpecFields | undefined): void {
  if (spec.dataSourceRef?.namespace && old?.dataSourceRef === undefined) delete spec.dataSourceRef;
  if (old?.dataSource !== undefined || old?.dataSourceRef !== undefined) return;
  if (spec.dataSourceRef !== undefined) return;
  if (spec.dataSource !== undefined && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
}

/** Each of the two fields stands for the other, where that can be. */
export function normalizeDataSources(spec: ClaimSpecFields): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) {
    spec.dataSourceRef = { ...dataSource };
  } else if (dataSource === undefined && dataSourceRef !== undefined) {
    const { namespace, ...rest } = dataSourceRef;
    if (!namespace) spec.dataSource = rest;
  }
}
