import type {
  Container,
  EnvVarSource,
  EphemeralContainer,
  PodSecurityContext,
  PodSpec,
  PodStatus,
  ResourceRequirements,
  SecurityContext,
  Volume,
  VolumeMount,
  VolumeProjection,
} from 'kubernetes-types/core/v1.js';

/** The types of pods, with the fields that the package of types does not know yet. */

export interface ResourceFields extends Omit<ResourceRequirements, 'claims'> {
  claims?: { name?: string; request?: string }[];
}

export interface RestartRule {
  action?: string;
  exitCodes?: { operator?: string; values?: number[] | null };
}

export interface ContainerFields extends Omit<Container, 'resources' | 'volumeMounts'> {
  resources?: ResourceFields;
  restartPolicyRules?: RestartRule[];
  volumeMounts?: VolumeMountFields[];
  /** Of ephemeral containers. */
  targetContainerName?: EphemeralContainer['targetContainerName'];
}

export interface VolumeMountFields extends VolumeMount {
  recursiveReadOnly?: string;
}

export interface EnvSourceFields extends EnvVarSource {
  fileKeyRef?: { volumeName?: string; path?: string; key?: string; optional?: boolean };
}

export interface ProjectionFields extends VolumeProjection {
  podCertificate?: object;
}

export interface VolumeFields extends Volume {
  image?: { reference?: string; pullPolicy?: string };
}

export interface PodSecurityFields extends PodSecurityContext {
  supplementalGroupsPolicy?: string;
  seLinuxChangePolicy?: string;
}

export interface PodFields extends Omit<
  PodSpec,
  | 'containers'
  | 'initContainers'
  | 'ephemeralContainers'
  | 'volumes'
  | 'securityContext'
  | 'resourceClaims'
> {
  containers?: ContainerFields[] | null;
  initContainers?: ContainerFields[];
  ephemeralContainers?: ContainerFields[];
  volumes?: VolumeFields[];
  securityContext?: PodSecurityFields;
  resources?: ResourceFields;
  hostnameOverride?: string;
  schedulingGroup?: object;
  resourceClaims?: {
    name?: string;
    resourceClaimName?: string;
    resourceClaimTemplateName?: string;
  }[];
}

export interface PodStatusFields extends PodStatus {
  hostIPs?: { ip?: string }[];
}

export type ContainerSecurity = SecurityContext;

export const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;
export type ContainerList = (typeof CONTAINER_LISTS)[number];

/** Whether an init container keeps running beside the others (KEP-753). */
export const isSidecar = (container: ContainerFields): boolean =>
  container.restartPolicy === 'Always';

/** Every container with its path, in the order in which upstream visits them. */
export function visitContainers(
  spec: PodFields,
  path: string,
): { container: ContainerFields; at: string }[] {
  return CONTAINER_LISTS.flatMap((list) =>
    (spec[list] ?? []).map((container, i) => ({ container, at: `${path}.${list}[${i}]` })),
  );
}

/** What validation has to know of where a spec is. */
export interface PodContext {
  /** False for a template, in which some rules wait for the pod that is made of it. */
  readonly isPod: boolean;
  /** The pod's name, which names the claims of ephemeral volumes. */
  readonly podName?: string;
}
