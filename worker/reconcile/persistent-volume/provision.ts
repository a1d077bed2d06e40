import {
  DIRECTORY_ANNOTATION,
  LOCAL_PATH,
  NODE_ANNOTATION,
  volumeDirectory,
} from '../../../apimachinery/local-path.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import {
  BOUND_BY_CONTROLLER,
  PROVISIONED_BY,
  SELECTED_NODE,
} from '../../registry/binding/annotations.ts';
import { classOf } from '../../registry/binding/claim-copy.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { Node, PersistentVolume, StorageClass } from '../kinds.ts';
import { claimReference } from './bind.ts';

const HOSTNAME = 'kubernetes.io/hostname';

/** Whether a node keeps directories for volumes. */
export const keepsDirectories = ({ metadata }: Node): boolean =>
  metadata.annotations?.[DIRECTORY_ANNOTATION] !== undefined;

/** What a volume is called that is made for a claim. */
export const provisionedName = ({ metadata }: ClaimCopy): string => `pvc-${metadata.uid}`;

/**
 * A volume that is a directory of the node on which the claim's first pod will run. The node makes it
 * when the pod starts; until the node has removed it again the volume has a finalizer.
 *
 * @param node the selected one; null when none was, or when it is not there any more.
 * @returns the volume, or why there can be none.
 */
export function provision(
  claim: ClaimCopy,
  storageClass: StorageClass,
  node: Node | null,
  volumes: readonly PersistentVolume[],
): KubernetesObject | string {
  const { accessModes = [], volumeMode = 'Filesystem', resources, selector } = claim.spec;
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  if (selected === undefined) {
    return 'no node has been selected: the class must have volumeBindingMode WaitForFirstConsumer';
  }
  if (node === null) return `node "${selected}" not found`;
  const folder = node.metadata.annotations?.[DIRECTORY_ANNOTATION];
  if (folder === undefined) return `node "${selected}" has no directory for volumes`;
  if (volumeMode !== 'Filesystem') return `volumeMode ${volumeMode} is not supported`;
  if (selector !== undefined) return 'claim Selector is not supported';
  if (claim.spec.dataSource !== undefined) return 'data sources are not supported';
  if (accessModes.some((mode) => mode !== 'ReadWriteOnce' && mode !== 'ReadWriteOncePod')) {
    return 'only the access modes ReadWriteOnce and ReadWriteOncePod are supported';
  }
  const name = provisionedName(claim);
  if (volumes.some(({ metadata }) => metadata.name === name)) {
    return `persistentvolumes "${name}" already exists`;
  }
  const hostname = node.metadata.labels?.[HOSTNAME] ?? node.metadata.name;
  const reclaimPolicy = storageClass.reclaimPolicy ?? 'Delete';
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: {
        [BOUND_BY_CONTROLLER]: 'yes',
        [PROVISIONED_BY]: LOCAL_PATH,
        [NODE_ANNOTATION]: node.metadata.name,
      },
      finalizers: [LOCAL_PATH],
    },
    spec: {
      accessModes,
      capacity: { storage: resources?.requests?.['storage'] ?? '0' },
      claimRef: claimReference(claim),
      local: { path: volumeDirectory(folder, name) },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: HOSTNAME, operator: 'In', values: [hostname] }] },
          ],
        },
      },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: classOf(claim),
      volumeMode,
    },
  };
}
