import type { PodIdentity } from '../container-runtime.ts';

/** Which node of which cluster an engine object belongs to; several nodes may share one engine. */
export interface NodeIdentity {
  readonly cluster: string;
  readonly node: string;
  /**
   * Tells apart nodes that have the same name in clusters that have the same name, as every
   * machine's first control plane has: each must take only its own containers for its own.
   */
  readonly agent?: string;
}

export const LABEL = {
  cluster: 'fairlead.dev/cluster',
  node: 'fairlead.dev/node',
  agent: 'fairlead.dev/agent',
  /** `sandbox` or `container`. */
  type: 'fairlead.dev/type',
  attempt: 'fairlead.dev/attempt',
  hash: 'fairlead.dev/container-hash',
  sandboxID: 'fairlead.dev/sandbox-id',
  image: 'fairlead.dev/image',
  hostNetwork: 'fairlead.dev/host-network',
  /** What podman does not keep of a container. */
  stdinOnce: 'fairlead.dev/stdin-once',
  terminationGrace: 'fairlead.dev/termination-grace-seconds',
  terminationLog: 'fairlead.dev/termination-log',
  terminationFallback: 'fairlead.dev/termination-fallback-to-logs',
  podNamespace: 'io.kubernetes.pod.namespace',
  podName: 'io.kubernetes.pod.name',
  podUID: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

/** The container name that kubelet gives sandboxes, in names and in the label. */
const SANDBOX_CONTAINER = 'POD';

/** As `edge-1_k8s_web_web-0_default_<uid>_0`. */
export function containerName(
  node: NodeIdentity,
  pod: PodIdentity,
  container: string,
  attempt: number,
): string {
  return [node.node, 'k8s', container, pod.name, pod.namespace, pod.uid, attempt].join('_');
}

export function sandboxName(node: NodeIdentity, pod: PodIdentity, attempt: number): string {
  return containerName(node, pod, SANDBOX_CONTAINER, attempt);
}

export function nodeLabels(node: NodeIdentity): Record<string, string> {
  return {
    [LABEL.cluster]: node.cluster,
    [LABEL.node]: node.node,
    ...(node.agent === undefined ? {} : { [LABEL.agent]: node.agent }),
  };
}

export function commonLabels(node: NodeIdentity, pod: PodIdentity): Record<string, string> {
  return {
    ...nodeLabels(node),
    [LABEL.podNamespace]: pod.namespace,
    [LABEL.podName]: pod.name,
    [LABEL.podUID]: pod.uid,
  };
}

/** The engine's filter for what belongs to this node. */
export function ownedBy(node: NodeIdentity): string[] {
  return Object.entries(nodeLabels(node)).map(([name, value]) => `${name}=${value}`);
}

export function podOf(labels: Readonly<Record<string, string>>): PodIdentity {
  return {
    namespace: labels[LABEL.podNamespace] ?? '',
    name: labels[LABEL.podName] ?? '',
    uid: labels[LABEL.podUID] ?? '',
  };
}
