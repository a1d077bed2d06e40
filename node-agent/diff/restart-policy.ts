import type { ContainerStatus } from '../runtime/container-runtime.ts';
import { containerHash } from './container-hash.ts';
import type { ContainerSpec, DesiredPod, RestartRule } from './pod.ts';
import { isSidecar, restartPolicy } from './pod.ts';

/** Whether a container that is not running is to run again. */
export function shouldRestart(
  pod: DesiredPod,
  container: ContainerSpec,
  last: ContainerStatus,
): boolean {
  if (last.state.kind !== 'exited') return true;
  if (isSidecar(container) || last.hash !== containerHash(container)) return true;
  return restartsAfter(pod, container, last.state.exitCode);
}

/**
 * Whether a container runs again after it ended with this code: the first of its own rules that
 * fits decides, then its own policy, then the pod's (KEP-5307).
 */
export function restartsAfter(
  pod: DesiredPod,
  container: ContainerSpec,
  exitCode: number,
): boolean {
  if (container.restartPolicy !== undefined) {
    const rules = container.restartPolicyRules ?? [];
    if (rules.some((rule) => appliesTo(rule, exitCode))) return true;
  }
  const policy = container.restartPolicy ?? restartPolicy(pod);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function appliesTo({ exitCodes }: RestartRule, exitCode: number): boolean {
  if (exitCodes === undefined) return false;
  const listed = (exitCodes.values ?? []).includes(exitCode);
  return exitCodes.operator === 'NotIn' ? !listed : listed;
}
