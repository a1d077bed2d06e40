import type { ContainerFields, PodFields, VolumeFields } from '../resources/pod/fields.ts';
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
