import type { PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1.js';

/** Defaults of a claim's spec, in a claim or in a template of one. */
export function setClaimSpecDefaults(spec: PersistentVolumeClaimSpec | undefined): void {
  if (spec !== undefined) spec.volumeMode ||= 'Filesystem';
}

/** Defaults of a claim (SetDefaults_PersistentVolumeClaim). */
export function setClaimDefaults(claim: {
  spec?: PersistentVolumeClaimSpec;
  status?: { phase?: string };
}): void {
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
  claim.spec ??= {};
  setClaimSpecDefaults(claim.spec);
}
