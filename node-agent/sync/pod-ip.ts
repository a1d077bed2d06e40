import { currentSandbox } from '../diff/observed.ts';
import type { DesiredPod } from '../diff/pod.ts';
import type { EngineView } from './engine-view.ts';
import type { NodeContext } from './pod-worker-deps.ts';

/** Where a pod's probes and hooks go; empty while it has no address. */
export function podIP(
  { view, node }: { readonly view: EngineView; readonly node: NodeContext },
  pod: DesiredPod,
): string {
  if (pod.spec.hostNetwork === true) return node.hostIP;
  return currentSandbox(view.pod(pod.metadata.uid))?.ips[0] ?? '';
}
