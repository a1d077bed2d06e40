import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

export const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
export const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

/**
 * Keeps a new object from going while it is used (upstream's admission plugin
 * StorageObjectInUseProtection). Ended by ../../../reconcile/storage-protection.
 */
export function addProtection(object: KubernetesObject, finalizer: string): void {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(finalizer)) return;
  object.metadata.finalizers = [...finalizers, finalizer];
}
