import type { NodeSelectorTerm } from 'kubernetes-types/core/v1.js';
import { LOCAL_PATH } from '../../../apimachinery/local-path.ts';
import { quantityOf } from '../../registry/resources/resource-names.ts';
import { PROVISIONED_BY } from '../../registry/binding/annotations.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { PersistentVolume } from '../kinds.ts';

/** Resources that binding is about, in the cluster's store. */
export const VOLUMES = 'persistentvolumes';
export const CLASSES = 'storageclasses.storage.k8s.io';

type Phase = 'Pending' | 'Available' | 'Bound' | 'Released' | 'Failed';

export const phaseOf = ({ status }: PersistentVolume): Phase =>
  (status?.phase ?? 'Pending') as Phase;

/** In billionths of a byte; 0 for what is no amount. */
export const sizeOf = (amounts: Readonly<Record<string, unknown>> | undefined): bigint =>
  quantityOf(amounts?.['storage'])?.nano ?? 0n;

/** Nodes that have the volume, any of the terms; undefined for every node. */
export const nodeTermsOf = ({ spec }: PersistentVolume): NodeSelectorTerm[] | undefined =>
  spec?.nodeAffinity?.required?.nodeSelectorTerms;

/**
 * Whether the volume is this claim's, or is kept for it: a user names the claim without its uid.
 * (IsVolumeBoundToClaim)
 */
export function isKeptFor({ spec }: PersistentVolume, { claim, metadata }: ClaimCopy): boolean {
  const { name, namespace, uid = '' } = spec?.claimRef ?? {};
  if (name !== claim.name || namespace !== claim.namespace) return false;
  return uid === '' || uid === metadata.uid;
}

/** Whether our own provisioner has made it. */
export const isLocalPath = ({ metadata }: PersistentVolume): boolean =>
  metadata.annotations?.[PROVISIONED_BY] === LOCAL_PATH;

/**
 * Whether a node is to remove the directory of the volume, and the volume goes then: nobody has it any
 * more, and its policy says so. A volume that is deleted while it is in use waits for its claim.
 */
export function awaitsRemoval(volume: PersistentVolume): boolean {
  if (!isLocalPath(volume) || volume.spec?.persistentVolumeReclaimPolicy !== 'Delete') return false;
  const phase = phaseOf(volume);
  const isDeleted = volume.metadata.deletionTimestamp !== undefined;
  return phase === 'Released' || phase === 'Failed' || (isDeleted && phase !== 'Bound');
}
