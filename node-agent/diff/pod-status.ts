import { formatTime } from '../../apimachinery/meta.ts';
import { appContainerStatuses, initContainerStatuses } from './container-statuses.ts';
import type { ContainerStatusInput } from './container-statuses.ts';
import { currentSandbox, isRunning } from './observed.ts';
import type { PodCondition, PodStatus } from './pod.ts';
import { isTerminalPhase } from './pod.ts';
import { computePodConditions, isOwnedCondition } from './pod-conditions.ts';
import { computePodPhase } from './pod-phase.ts';
import type { PodPhase } from './pod-phase.ts';
import type { PodFailure } from './pod-failure.ts';
import { computeQOSClass } from './qos.ts';

export interface PodStatusInput extends ContainerStatusInput {
  readonly hostIP: string;
  /** The agent ends the pod itself, which has failed once nothing of it runs. */
  readonly failure?: PodFailure | undefined;
  /** The status that was last computed; on the first time what the control plane has. */
  readonly previous: PodStatus | undefined;
  readonly now: number;
}

/** The status that kubelet would report of a pod. A terminal phase is never left. */
export function computePodStatus(input: PodStatusInput): PodStatus {
  const { pod, previous } = input;
  const inits = initContainerStatuses(input);
  const apps = appContainerStatuses(input);
  const wasTerminal = isTerminalPhase(previous?.phase);
  const failure =
    wasTerminal || input.observed.containers.some(isRunning) ? undefined : input.failure;
  const phase = wasTerminal
    ? (previous?.phase as PodPhase)
    : failure === undefined
      ? computePodPhase(pod, inits, apps)
      : 'Failed';
  const { reason, message } = failure ?? (wasTerminal ? previous : undefined) ?? {};
  const sandbox = currentSandbox(input.observed);
  const podIPs = podAddresses(input, sandbox?.ips ?? []);
  const conditions = computePodConditions({
    pod,
    phase,
    inits,
    apps,
    now: input.now,
    disruption: input.failure?.disrupted === true ? input.failure.message : undefined,
    hasSandbox: sandbox !== undefined && podIPs.length > 0,
    previous: knownConditions(input),
  });
  return {
    ...(pod.metadata.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
    phase,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    conditions,
    hostIP: input.hostIP,
    hostIPs: [{ ip: input.hostIP }],
    ...(podIPs[0] === undefined ? {} : { podIP: podIPs[0], podIPs: podIPs.map((ip) => ({ ip })) }),
    startTime: previous?.startTime ?? formatTime(input.now),
    ...(inits.length === 0 ? {} : { initContainerStatuses: inits }),
    containerStatuses: apps,
    qosClass: computeQOSClass(pod),
  };
}

/** The agent's own conditions as it last computed them; those of others as the API has them. */
function knownConditions({ pod, previous }: PodStatusInput): PodCondition[] {
  const stored = pod.status?.conditions ?? [];
  const own = (previous?.conditions ?? stored).filter(({ type }) => isOwnedCondition(type));
  return [...own, ...stored.filter(({ type }) => !isOwnedCondition(type))];
}

/** A pod whose sandbox has been ended keeps the addresses that it had. */
function podAddresses(input: PodStatusInput, sandboxIPs: readonly string[]): string[] {
  if (sandboxIPs.length > 0) return [...sandboxIPs];
  const hasSandbox = currentSandbox(input.observed) !== undefined;
  if (input.pod.spec.hostNetwork === true && hasSandbox) return [input.hostIP];
  return (input.previous?.podIPs ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
}
