import type { PodSpec, Volume } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { type AnyContainer, setContainerDefaults } from './container-defaults.ts';

/** Permission bits of projected files, 0644. */
const DEFAULT_FILE_MODE = 0o644;
const SERVICE_ACCOUNT_TOKEN_SECONDS = 3600;

/** Every container of a pod, in the order in which upstream walks them. */
export function allContainers(spec: PodSpec): AnyContainer[] {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
}

/** Defaults that pods and pod templates share (SetDefaults_PodSpec and what is below it). */
export function setPodSpecDefaults(spec: PodSpec): void {
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
  for (const container of allContainers(spec)) setContainerDefaults(container);
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
}

/** Defaults of a pod itself, beyond those of its template (SetDefaults_Pod). */
export function setPodDefaults(object: KubernetesObject): void {
  const spec = object.spec as PodSpec;
  setPodSpecDefaults(spec);
  spec.enableServiceLinks ??= true;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const { resources } = container;
    if (resources?.limits !== undefined) {
      resources.requests = { ...resources.limits, ...resources.requests };
    }
    if (spec.hostNetwork !== true) continue;
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}

function setVolumeDefaults(volume: Volume): void {
  // A volume has its name and one source; none means an empty directory.
  if (Object.keys(volume).length <= 1) volume.emptyDir = {};
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= DEFAULT_FILE_MODE;
  if (volume.secret !== undefined) volume.secret.defaultMode ??= DEFAULT_FILE_MODE;
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  if (volume.iscsi !== undefined) volume.iscsi.iscsiInterface ||= 'default';
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
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim !== undefined) claim.volumeMode ||= 'Filesystem';
}
