import type { PodSpec } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { setClaimSpecDefaults } from '../claim-defaults.ts';
import { isHugePages, isOvercommittable, quantityOf } from '../resource-names.ts';
import { containerRequests } from './aggregate-requests.ts';
import { setContainerDefaults } from './container-defaults.ts';
import { type PodFields, visitContainers, type VolumeFields } from './fields.ts';
import { defaultPullPolicy } from './image-reference.ts';
import { isPodLevelResource } from './validate-resources.ts';

/** Permission bits of projected files, 0644. */
const DEFAULT_FILE_MODE = 0o644;
const SERVICE_ACCOUNT_TOKEN_SECONDS = 3600;

/** Defaults that pods and pod templates share (SetDefaults_PodSpec and what is below it). */
export function setPodSpecDefaults(sent: PodSpec): void {
  const spec = sent as PodFields;
  // The two names of this field are one; the older is kept for old clients.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  spec.restartPolicy ||= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ||= 'default-scheduler';
  for (const { container } of visitContainers(spec, '')) setContainerDefaults(container);
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
}

/** Defaults of a pod itself, beyond those of its template (SetDefaults_Pod). */
export function setPodDefaults(object: KubernetesObject): void {
  const spec = (object.spec ?? {}) as PodFields;
  object.spec = spec;
  setPodSpecDefaults(spec as PodSpec);
  spec.enableServiceLinks ??= true;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  for (const { resources } of containers) {
    if (resources?.limits !== undefined) {
      resources.requests = { ...resources.limits, ...resources.requests };
    }
  }
  setPodResourceDefaults(spec);
  if (spec.hostNetwork !== true) return;
  for (const container of containers) {
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}

/** A pod that limits itself as a whole requests what its containers do, or else its limits. */
function setPodResourceDefaults(spec: PodFields): void {
  const { resources } = spec;
  if (resources === undefined) return;
  setHugePageLimits(spec);
  const limits = resources.limits ?? {};
  if (Object.keys(limits).length === 0) return;
  const requests: Record<string, string> = { ...resources.requests };
  for (const [name, amount] of containerRequests(spec)) {
    if (isPodLevelResource(name) && isOvercommittable(name)) requests[name] ??= amount.toString();
  }
  for (const [name, amount] of Object.entries(limits)) {
    if (isPodLevelResource(name)) requests[name] ??= amount;
  }
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

/** Huge pages are requested in full: what the containers need together is the pod's limit. */
function setHugePageLimits(spec: PodFields): void {
  const { resources } = spec;
  const asked =
    Object.keys(resources?.limits ?? {}).length + Object.keys(resources?.requests ?? {}).length;
  if (resources === undefined || asked === 0) return;
  const limits: Record<string, string> = { ...resources.limits };
  for (const [name, amount] of containerRequests(spec)) {
    if (isHugePages(name) && quantityOf(limits[name]) === undefined) {
      limits[name] = amount.toString();
    }
  }
  if (Object.keys(limits).length > 0) resources.limits = limits;
}

function setVolumeDefaults(volume: VolumeFields): void {
  // A volume has its name and one source; none means an empty directory.
  if (!Object.entries(volume).some(([key, source]) => key !== 'name' && source !== undefined)) {
    volume.emptyDir = {};
  }
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= DEFAULT_FILE_MODE;
  if (volume.secret !== undefined) volume.secret.defaultMode ??= DEFAULT_FILE_MODE;
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  if (volume.iscsi !== undefined) volume.iscsi.iscsiInterface ||= 'default';
  if (volume.image !== undefined) {
    volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference ?? '');
  }
  setOldVolumeDefaults(volume);
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= DEFAULT_FILE_MODE;
    for (const item of volume.downwardAPI.items ?? []) {
      if (item.fieldRef !== undefined) item.fieldRef.apiVersion ||= 'v1';
    }
  }
  if (volume.projected !== undefined) {
    volume.projected.defaultMode ??= DEFAULT_FILE_MODE;
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken !== undefined) {
        source.serviceAccountToken.expirationSeconds ??= SERVICE_ACCOUNT_TOKEN_SECONDS;
      }
      for (const item of source.downwardAPI?.items ?? []) {
        if (item.fieldRef !== undefined) item.fieldRef.apiVersion ||= 'v1';
      }
    }
  }
  setClaimSpecDefaults(volume.ephemeral?.volumeClaimTemplate?.spec);
}

/** Defaults of the volumes that came before drivers. */
function setOldVolumeDefaults(volume: VolumeFields): void {
  const { rbd, azureDisk, scaleIO } = volume;
  if (rbd !== undefined) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
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
