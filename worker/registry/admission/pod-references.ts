import type {
  ContainerFields,
  PodFields,
  ProjectionFields,
  VolumeFields,
} from '../resources/pod/fields.ts';
import { visitContainers } from '../resources/pod/fields.ts';

/** Names of other objects in pods (pkg/api/pod, VisitPodSecretNames and VisitPodConfigmapNames). */

const named = (names: readonly (string | undefined)[]): string[] =>
  names.filter((name): name is string => name !== undefined && name !== '');

/** Every secret that the pod names itself: not those that its volumes' volumes name. */
export function secretNames(spec: PodFields): string[] {
  return named([
    ...(spec.imagePullSecrets ?? []).map(({ name }) => name),
    ...visitContainers(spec, '').flatMap(({ container }) => secretsOfContainer(container)),
    ...(spec.volumes ?? []).flatMap(secretsOfVolume),
  ]);
}

function secretsOfContainer({ env, envFrom }: ContainerFields): (string | undefined)[] {
  return [
    ...(envFrom ?? []).map(({ secretRef }) => secretRef?.name),
    ...(env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
  ];
}

function secretsOfVolume(volume: VolumeFields): (string | undefined)[] {
  return [
    volume.azureFile?.secretName,
    volume.cephfs?.secretRef?.name,
    volume.cinder?.secretRef?.name,
    volume.flexVolume?.secretRef?.name,
    ...(volume.projected?.sources ?? []).map(({ secret }) => secret?.name),
    volume.rbd?.secretRef?.name,
    volume.secret?.secretName,
    volume.scaleIO?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.storageos?.secretRef?.name,
    volume.csi?.nodePublishSecretRef?.name,
  ];
}

/** Every config map that the pod names. */
export function configMapNames(spec: PodFields): string[] {
  return named([
    ...visitContainers(spec, '').flatMap(({ container: { env, envFrom } }) => [
      ...(envFrom ?? []).map(({ configMapRef }) => configMapRef?.name),
      ...(env ?? []).map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ]),
    ...(spec.volumes ?? []).flatMap(({ configMap, projected }) => [
      configMap?.name,
      ...(projected?.sources ?? []).map((source) => source.configMap?.name),
    ]),
  ]);
}

/** How volumes refer to something in the API, other than by the names that are looked at before. */
const VOLUME_REFERENCES = [
  ['configMap', 'configmaps (via configmap volumes)'],
  ['secret', 'secrets (via secret volumes)'],
  ['csi', 'csidrivers (via CSI volumes)'],
  ['glusterfs', 'endpoints (via glusterFS volumes)'],
  ['persistentVolumeClaim', 'persistentvolumeclaims'],
  ['ephemeral', 'persistentvolumeclaims (via ephemeral volumes)'],
  ['azureFile', 'secrets (via azureFile volumes)'],
] as const satisfies readonly (readonly [keyof VolumeFields, string])[];

const PROJECTED_REFERENCES = [
  ['configMap', 'configmaps (via projected volumes)'],
  ['secret', 'secrets (via projected volumes)'],
  ['serviceAccountToken', 'serviceaccounts (via projected volumes)'],
  ['clusterTrustBundle', 'clustertrustbundles'],
  ['podCertificate', 'podcertificates'],
] as const satisfies readonly (readonly [keyof ProjectionFields, string])[];

/**
 * What in the API a pod refers to, in upstream's words (HasAPIObjectReference); null for a pod that
 * a node can run without the API.
 */
export function apiReference(spec: PodFields): string | null {
  if (spec.serviceAccountName) return 'serviceaccounts';
  if (secretNames(spec).length > 0) return 'secrets';
  if (configMapNames(spec).length > 0) return 'configmaps';
  if ((spec.resourceClaims ?? []).length > 0) return 'resourceclaims';
  for (const volume of spec.volumes ?? []) {
    const found = VOLUME_REFERENCES.find(([field]) => volume[field] !== undefined);
    if (found !== undefined) return found[1];
    for (const source of (volume.projected?.sources ?? []) as ProjectionFields[]) {
      const projected = PROJECTED_REFERENCES.find(([field]) => source[field] !== undefined);
      if (projected !== undefined) return projected[1];
    }
  }
  return null;
}
