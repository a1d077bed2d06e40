import type { PersistentVolumeSpec } from 'kubernetes-types/core/v1.js';

/** Defaults of the kinds of storage that have any. */
export function setSourceDefaults(spec: PersistentVolumeSpec): void {
  const { rbd, iscsi, azureDisk, scaleIO, hostPath } = spec;
  if (hostPath !== undefined) hostPath.type ??= '';
  if (rbd !== undefined) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (iscsi !== undefined) iscsi.iscsiInterface ||= 'default';
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO !== undefined) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}
