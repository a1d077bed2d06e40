import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** The few fields of a pod that routing decisions need, read without a cast at every use. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string;
  readonly phase: string;
  readonly deleting: boolean;
  readonly gated: boolean;
  readonly schedulerName: string;
}

export function podView(pod: KubernetesObject): PodView {
  const spec = (pod['spec'] ?? {}) as {
    nodeName?: string;
    schedulerName?: string;
    schedulingGates?: unknown[];
  };
  const status = (pod['status'] ?? {}) as { phase?: string };
  return {
    name: pod.metadata.name ?? '',
    uid: pod.metadata.uid ?? '',
    nodeName: spec.nodeName ?? '',
    phase: status.phase ?? '',
    deleting: pod.metadata.deletionTimestamp !== undefined,
    gated: (spec.schedulingGates ?? []).length > 0,
    schedulerName: spec.schedulerName ?? 'default-scheduler',
  };
}

/** A pod that will never run again uses nothing on its node. */
export const isFinished = (pod: PodView) => pod.phase === 'Succeeded' || pod.phase === 'Failed';

/** Config maps and secrets that the node needs to run a pod. */
export function referencesOf(
  pod: KubernetesObject,
): { resource: 'configmaps' | 'secrets'; name: string }[] {
  const found = new Map<string, { resource: 'configmaps' | 'secrets'; name: string }>();
  const add = (resource: 'configmaps' | 'secrets', name: string | undefined) => {
    if (name !== undefined && name !== '') found.set(`${resource}/${name}`, { resource, name });
  };
  const spec = (pod['spec'] ?? {}) as PodReferences;
  for (const secret of spec.imagePullSecrets ?? []) add('secrets', secret.name);
  for (const volume of spec.volumes ?? []) {
    add('configmaps', volume.configMap?.name);
    add('secrets', volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      add('configmaps', source.configMap?.name);
      add('secrets', source.secret?.name);
    }
  }
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    for (const from of container.envFrom ?? []) {
      add('configmaps', from.configMapRef?.name);
      add('secrets', from.secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add('configmaps', valueFrom?.configMapKeyRef?.name);
      add('secrets', valueFrom?.secretKeyRef?.name);
    }
  }
  return [...found.values()];
}

interface Named {
  readonly name?: string;
}

interface PodReferences {
  readonly imagePullSecrets?: Named[];
  readonly volumes?: {
    configMap?: Named;
    secret?: { secretName?: string };
    projected?: { sources?: { configMap?: Named; secret?: Named }[] };
  }[];
  readonly initContainers?: ContainerReferences[];
  readonly containers?: ContainerReferences[];
}

interface ContainerReferences {
  readonly envFrom?: { configMapRef?: Named; secretRef?: Named }[];
  readonly env?: { valueFrom?: { configMapKeyRef?: Named; secretKeyRef?: Named } }[];
}
