import { createHash } from 'node:crypto';
import type { DesiredPod } from './pod.ts';
import { podIdentity } from './pod.ts';

/** On a mirror pod: which static pod it stands for. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const HASH_ANNOTATION = 'kubernetes.io/config.hash';
const SOURCE_ANNOTATION = 'kubernetes.io/config.source';

/**
 * The pod that a manifest on the node's disk describes; after pkg/kubelet/config (common.go). Its
 * UID is the same for the same manifest, and it is named for its node.
 *
 * @throws Error that says what the manifest lacks
 */
export function staticPod(manifest: unknown, nodeName: string): DesiredPod {
  const { apiVersion, kind, metadata, spec } = (manifest ?? {}) as Partial<DesiredPod> & {
    readonly apiVersion?: string;
    readonly kind?: string;
  };
  if (apiVersion !== 'v1' || kind !== 'Pod') throw new Error('it is not a v1 Pod');
  if (typeof metadata?.name !== 'string' || metadata.name === '') throw new Error('it has no name');
  if (!Array.isArray(spec?.containers) || spec.containers.length === 0) {
    throw new Error('it has no containers');
  }
  const uid = createHash('md5')
    .update(JSON.stringify([manifest, nodeName]))
    .digest('hex');
  const toleration = { operator: 'Exists', effect: 'NoExecute' };
  return {
    metadata: {
      ...metadata,
      name: `${metadata.name}-${nodeName.toLowerCase()}`,
      namespace: metadata.namespace ?? 'default',
      uid,
      annotations: { ...metadata.annotations, [HASH_ANNOTATION]: uid, [SOURCE_ANNOTATION]: 'file' },
    },
    spec: { ...spec, nodeName, tolerations: [...(spec.tolerations ?? []), toleration] },
  };
}

/** The UID of the static pod that a mirror pod stands for; undefined for any other pod. */
export function mirroredUID(pod: DesiredPod): string | undefined {
  return pod.metadata.annotations?.[MIRROR_ANNOTATION];
}

/** Whether a pod is one of the node's own. */
export function isStatic(pod: DesiredPod): boolean {
  const { annotations } = pod.metadata;
  return annotations?.[SOURCE_ANNOTATION] === 'file' && mirroredUID(pod) === undefined;
}

/** What is sent to the API server so that the static pod can be seen there. */
export function mirrorPod(pod: DesiredPod, node: { name: string; uid: string }): object {
  const { labels, annotations, name, namespace, uid } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [MIRROR_ANNOTATION]: uid },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', controller: true, ...node }],
    },
    spec: pod.spec,
  };
}

export interface MirrorPlan {
  readonly create: readonly DesiredPod[];
  /** Mirror pods that stand for nothing any more, or are being deleted by somebody. */
  readonly remove: readonly DesiredPod[];
}

/** What brings the mirror pods that the API server has closer to the static pods that there are. */
export function planMirrors(
  staticPods: Iterable<DesiredPod>,
  desired: Iterable<DesiredPod>,
): MirrorPlan {
  const missing = new Map([...staticPods].map((pod) => [pod.metadata.uid, pod]));
  const remove: DesiredPod[] = [];
  const keyOf = (pod: DesiredPod): string => {
    const { namespace, name } = podIdentity(pod);
    return `${namespace}/${name}`;
  };
  const taken = new Set<string>();
  for (const pod of desired) {
    const uid = mirroredUID(pod);
    if (uid === undefined) continue;
    // Another of that name can only be made once this one is gone.
    taken.add(keyOf(pod));
    if (missing.has(uid) && pod.metadata.deletionTimestamp === undefined) missing.delete(uid);
    else remove.push(pod);
  }
  return { create: [...missing.values()].filter((pod) => !taken.has(keyOf(pod))), remove };
}
