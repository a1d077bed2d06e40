import { containerHash } from './container-hash.ts';
import type { ObservedContainer } from './observed.ts';
import type { ContainerSpec, DesiredPod, RestartRule } from './pod.ts';
import { isSidecar, restartPolicy } from './pod.ts';

/** Whether a container that is not running is to run again. */
export function shouldRestart(
  pod: DesiredPod,
  container: ContainerSpec,
  last: ObservedContainer,
): boolean {
  if (last.state.kind !== 'exited' || last.isOwedRestart === true) return true;
  if (isSidecar(container) || last.hash !== containerHash(container)) return true;
  return restartsAfter(pod, container, last.state.exitCode);
}

/** Whether a container that is killed for its health is to run again; after shouldRestartOnFailure. */
export function restartsOnFailure(pod: DesiredPod, container: ContainerSpec): boolean {
  return (container.restartPolicy ?? restartPolicy(pod)) !== 'Never';
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
  if (restartRuleFor(container, exitCode) !== undefined) return true;
  const policy = container.restartPolicy ?? restartPolicy(pod);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** The first of a container's rules that fits; each of their actions restarts it. */
export function restartRuleFor(
  container: ContainerSpec,
  exitCode: number,
): RestartRule | undefined {
  // Rules come with a policy of the container's own.
  if (container.restartPolicy === undefined) return undefined;
  return container.restartPolicyRules?.find((rule) => appliesTo(rule, exitCode));
}

function appliesTo({ exitCodes }: RestartRule, exitCode: number): boolean {
  if (exitCodes === undefined) return false;
  const listed = (exitCodes.values ?? []).includes(exitCode);
  return exitCodes.operator === 'NotIn' ? !listed : listed;
}
