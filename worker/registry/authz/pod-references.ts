import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** What a pod can name that its node has to read. */
export type ReferencedResource =
  | 'secrets'
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'serviceaccounts'
  | 'resourceclaims';

interface Named {
  readonly name?: string;
}

interface VolumeFields {
  readonly name?: string;
  readonly configMap?: Named;
  readonly secret?: { readonly secretName?: string };
  readonly projected?: { readonly sources?: readonly { configMap?: Named; secret?: Named }[] };
  readonly persistentVolumeClaim?: { readonly claimName?: string };
  readonly ephemeral?: object;
  readonly azureFile?: { readonly secretName?: string };
  readonly csi?: { readonly nodePublishSecretRef?: Named };
  readonly cephfs?: SecretUser;
  readonly cinder?: SecretUser;
  readonly flexVolume?: SecretUser;
  readonly iscsi?: SecretUser;
  readonly rbd?: SecretUser;
  readonly scaleIO?: SecretUser;
  readonly storageos?: SecretUser;
}

interface SecretUser {
  readonly secretRef?: Named;
}

interface ContainerFields {
  readonly envFrom?: readonly { configMapRef?: Named; secretRef?: Named }[];
  readonly env?: readonly {
    valueFrom?: { configMapKeyRef?: Named; secretKeyRef?: Named };
  }[];
}

interface PodFields {
  readonly spec?: {
    readonly serviceAccountName?: string;
    readonly imagePullSecrets?: readonly Named[];
    readonly volumes?: readonly VolumeFields[];
    readonly containers?: readonly ContainerFields[];
    readonly initContainers?: readonly ContainerFields[];
    readonly ephemeralContainers?: readonly ContainerFields[];
    readonly resourceClaims?: readonly { name?: string; resourceClaimName?: string }[];
  };
  readonly status?: {
    readonly resourceClaimStatuses?: readonly { name?: string; resourceClaimName?: string }[];
    readonly extendedResourceClaimStatus?: { readonly resourceClaimName?: string };
  };
}

const MIRROR_POD = 'kubernetes.io/config.mirror';

/** Whether a pod names the object, which is in its namespace (the node authorizer's graph, AddPod). */
export function podRefersTo(
  pod: KubernetesObject,
  resource: ReferencedResource,
  name: string,
): boolean {
  // A node makes mirror pods itself, and must not give itself access by what they name.
  if (pod.metadata.annotations?.[MIRROR_POD] !== undefined) return false;
  return referencesOf(pod, resource).includes(name);
}

function referencesOf(
  pod: KubernetesObject,
  resource: ReferencedResource,
): readonly (string | undefined)[] {
  const { spec = {}, status = {} } = pod as PodFields;
  const { volumes = [], resourceClaims = [] } = spec;
  switch (resource) {
    case 'serviceaccounts':
      return [spec.serviceAccountName];
    case 'secrets':
      return [
        ...(spec.imagePullSecrets ?? []).map(({ name }) => name),
        ...volumes.flatMap(secretsOfVolume),
        ...environmentOf(spec).map(({ secret }) => secret?.name),
      ];
    case 'configmaps':
      return [
        ...volumes.flatMap(({ configMap, projected }) => [
          configMap?.name,
          ...(projected?.sources ?? []).map((source) => source.configMap?.name),
        ]),
        ...environmentOf(spec).map(({ configMap }) => configMap?.name),
      ];
    case 'persistentvolumeclaims':
      return volumes.map(({ name = '', persistentVolumeClaim, ephemeral }) => {
        if (persistentVolumeClaim !== undefined) return persistentVolumeClaim.claimName;
        return ephemeral === undefined ? undefined : `${pod.metadata.name ?? ''}-${name}`;
      });
    case 'resourceclaims':
      return [
        ...resourceClaims.map(({ name, resourceClaimName }) => {
          if (resourceClaimName !== undefined) return resourceClaimName;
          // Made of a template, under a name that the status tells.
          const statuses = status.resourceClaimStatuses ?? [];
          return statuses.find((made) => made.name === name)?.resourceClaimName;
        }),
        status.extendedResourceClaimStatus?.resourceClaimName,
      ];
    default:
      return resource satisfies never;
  }
}

function secretsOfVolume(volume: VolumeFields): readonly (string | undefined)[] {
  const { secret, projected, azureFile, csi } = volume;
  const { cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos } = volume;
  return [
    secret?.secretName,
    azureFile?.secretName,
    csi?.nodePublishSecretRef?.name,
    ...(projected?.sources ?? []).map((source) => source.secret?.name),
    ...[cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos].map(
      (user) => user?.secretRef?.name,
    ),
  ];
}

function environmentOf(
  spec: NonNullable<PodFields['spec']>,
): readonly { readonly configMap?: Named | undefined; readonly secret?: Named | undefined }[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
  return [...containers, ...initContainers, ...ephemeralContainers].flatMap(
    ({ envFrom = [], env = [] }) => [
      ...envFrom.map((from) => ({ configMap: from.configMapRef, secret: from.secretRef })),
      ...env.map(({ valueFrom }) => ({
        configMap: valueFrom?.configMapKeyRef,
        secret: valueFrom?.secretKeyRef,
      })),
    ],
  );
}
