import { formatTime } from '../../apimachinery/meta.ts';
import { DEADLINE_EXCEEDED, isPastDeadline } from './active-deadline.ts';
import {
  appContainerStatuses,
  ephemeralContainerStatuses,
  initContainerStatuses,
} from './container-statuses.ts';
import type { ContainerStatusInput } from './container-statuses.ts';
import { currentSandbox, isRunning, livesOf, withoutContainers } from './observed.ts';
import type { ContainerSpec, ContainerStatusView, PodCondition, PodStatus } from './pod.ts';
import { isTerminalPhase } from './pod.ts';
import { computePodConditions, isOwnedCondition } from './pod-conditions.ts';
import type { ConditionVerdict } from './pod-conditions.ts';
import { computePodPhase } from './pod-phase.ts';
import type { PodPhase } from './pod-phase.ts';
import type { PodFailure } from './pod-failure.ts';
import { shouldRestart } from './restart-policy.ts';
import { computeQOSClass } from './qos.ts';

export interface PodStatusInput extends ContainerStatusInput {
  readonly hostIP: string;
  /** Conditions of a resize in place. */
  readonly resize: readonly ConditionVerdict[];
  /** Containers, by ID, that run and do not show yet: their postStart hook is not over. */
  readonly starting: ReadonlySet<string>;
  /** The agent ends the pod itself, which has failed once nothing of it runs. */
  readonly failure?: PodFailure | undefined;
  /** The status that was last computed; on the first time what the control plane has. */
  readonly previous: PodStatus | undefined;
  readonly now: number;
}

/** The status that kubelet would report of a pod. A terminal phase is never left. */
export function computePodStatus(input: PodStatusInput): PodStatus {
  const { pod, previous } = input;
  const shown = { ...input, observed: withoutContainers(input.observed, input.starting) };
  const inits = initContainerStatuses(shown);
  const apps = appContainerStatuses(shown);
  const debuggers = ephemeralContainerStatuses(shown);
  const verdict = phaseOf(input, inits, apps);
  const { phase } = verdict;
  const sandbox = currentSandbox(input.observed);
  const podIPs = podAddresses(input, sandbox?.ips ?? []);
  const conditions = computePodConditions({
    pod,
    phase,
    inits,
    apps,
    now: input.now,
    resize: input.resize,
    disruption: input.failure?.disrupted === true ? input.failure.message : undefined,
    hasSandbox: sandbox !== undefined && podIPs.length > 0,
    previous: knownConditions(input),
  });
  return {
    ...(pod.metadata.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
    ...verdict,
    conditions,
    hostIP: input.hostIP,
    hostIPs: [{ ip: input.hostIP }],
    ...(podIPs[0] === undefined ? {} : { podIP: podIPs[0], podIPs: podIPs.map((ip) => ({ ip })) }),
    startTime: previous?.startTime ?? formatTime(input.now),
    ...containersOf(input, phase, inits, apps, debuggers),
    qosClass: computeQOSClass(pod),
  };
}

type ContainerStatuses = Pick<
  PodStatus,
  'initContainerStatuses' | 'containerStatuses' | 'ephemeralContainerStatuses'
>;

/** A pod that is over, and of which the engine has nothing, is not about to have containers. */
function containersOf(
  { observed, previous }: PodStatusInput,
  phase: PodPhase,
  inits: readonly ContainerStatusView[],
  apps: readonly ContainerStatusView[],
  debuggers: readonly ContainerStatusView[],
): ContainerStatuses {
  const isGone = isTerminalPhase(phase) && observed.containers.length === 0;
  const last: ContainerStatuses = isGone
    ? (previous ?? {})
    : {
        initContainerStatuses: [...inits],
        containerStatuses: [...apps],
        ephemeralContainerStatuses: [...debuggers],
      };
  const { initContainerStatuses = [], containerStatuses, ephemeralContainerStatuses = [] } = last;
  return {
    ...(initContainerStatuses.length === 0 ? {} : { initContainerStatuses }),
    ...(containerStatuses === undefined ? {} : { containerStatuses }),
    ...(ephemeralContainerStatuses.length === 0 ? {} : { ephemeralContainerStatuses }),
  };
}

type PhaseVerdict = { readonly phase: PodPhase } & Pick<PodStatus, 'reason' | 'message'>;

/** The phase, and why. A pod is only over once nothing of it runs. */
function phaseOf(
  input: PodStatusInput,
  inits: readonly ContainerStatusView[],
  apps: readonly ContainerStatusView[],
): PhaseVerdict {
  const { pod, previous, observed, now } = input;
  if (isTerminalPhase(previous?.phase)) {
    const { phase, reason, message } = previous ?? {};
    return {
      phase: phase as PodPhase,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    };
  }
  const mayRun = observed.containers.some(isRunning);
  if (!mayRun && input.failure !== undefined) {
    const { reason, message } = input.failure;
    return { phase: 'Failed', reason, message };
  }
  if (!mayRun && isPastDeadline(pod, previous?.startTime, now)) {
    return { phase: 'Failed', ...DEADLINE_EXCEEDED };
  }
  const isRestarted = (container: ContainerSpec): boolean => {
    const [last] = livesOf(observed, container.name);
    return last !== undefined && shouldRestart(pod, container, last);
  };
  const phase = computePodPhase(pod, inits, apps, isRestarted, input.ending && !mayRun);
  if (mayRun && isTerminalPhase(phase)) {
    return { phase: (previous?.phase ?? 'Pending') as PodPhase };
  }
  return { phase };
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
