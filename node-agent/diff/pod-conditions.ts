import { formatTime } from '../../apimachinery/meta.ts';
import type { ContainerStatusView, DesiredPod, PodCondition } from './pod.ts';
import { isSidecar } from './pod.ts';
import type { PodPhase } from './pod-phase.ts';

/** A condition before it is known when it last changed. */
export type ConditionVerdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

export interface PodConditionsInput {
  readonly pod: DesiredPod;
  readonly phase: PodPhase;
  readonly hasSandbox: boolean;
  /** Why the node ends the pod, which did nothing wrong itself. */
  readonly disruption: string | undefined;
  readonly inits: readonly ContainerStatusView[];
  readonly apps: readonly ContainerStatusView[];
  /** What there is to say of a resize in place. */
  readonly resize: readonly ConditionVerdict[];
  readonly previous: readonly PodCondition[];
  readonly now: number;
}

const OWNED = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'PodResizePending',
  'PodResizeInProgress',
]);

/** Whether the agent sets this condition; all others are someone else's to set. */
export function isOwnedCondition(type: string): boolean {
  return OWNED.has(type);
}

/**
 * The conditions that the agent owns, in kubelet's order, then those that others have set.
 * A condition keeps its transition time while its status stays the same.
 */
export function computePodConditions(input: PodConditionsInput): PodCondition[] {
  const ready = containersReady(input);
  const owned: ConditionVerdict[] = [
    { type: 'PodReadyToStartContainers', status: input.hasSandbox ? 'True' : 'False' },
    initialized(input),
    podReady(input, ready),
    { ...ready, type: 'ContainersReady' },
    { type: 'PodScheduled', status: 'True' },
    ...input.resize,
  ];
  if (input.disruption !== undefined) owned.push(disrupted(input.disruption));
  const kept = new Set(owned.map(({ type }) => type));
  const foreign = input.previous.filter(({ type }) => !isOwnedCondition(type) && !kept.has(type));
  return [...owned.map((verdict) => dated(input, verdict)), ...foreign];
}

/** Others set this condition as well; once it is set, it stays. */
const disrupted = (message: string): ConditionVerdict => ({
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'TerminationByKubelet',
  message,
});

function dated(input: PodConditionsInput, verdict: ConditionVerdict): PodCondition {
  const before = input.previous.find((condition) => condition.type === verdict.type);
  const kept = before?.status === verdict.status ? before.lastTransitionTime : undefined;
  const { generation } = input.pod.metadata;
  return {
    ...verdict,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    // The wire has null here; the published type knows strings only.
    lastProbeTime: null as unknown as string,
    lastTransitionTime: kept ?? formatTime(input.now),
  };
}

function initialized(input: PodConditionsInput): ConditionVerdict {
  const type = 'Initialized';
  if (input.phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  const started = input.apps.some(
    ({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated,
  );
  const specs = input.pod.spec.initContainers ?? [];
  const incomplete = input.inits.filter((status, index) => {
    const spec = specs[index];
    return spec !== undefined && isSidecar(spec) ? status.started !== true : !status.ready;
  });
  if (started || incomplete.length === 0) return { type, status: 'True' };
  const message = `containers with incomplete status: ${nameList(incomplete)}`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReady(input: PodConditionsInput): ConditionVerdict {
  const type = 'ContainersReady';
  if (input.phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (input.phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const specs = input.pod.spec.initContainers ?? [];
  const sidecars = input.inits.filter((_, index) => specs[index] && isSidecar(specs[index]));
  const unready = [...sidecars, ...input.apps].filter((status) => !status.ready);
  if (unready.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: ${nameList(unready)}`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

function podReady(input: PodConditionsInput, containers: ConditionVerdict): ConditionVerdict {
  if (containers.status !== 'True') return { ...containers, type: 'Ready' };
  const failures = (input.pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = input.previous.find((condition) => condition.type === conditionType);
    if (gate === undefined) {
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    }
    if (gate.status === 'True') return [];
    return [
      `the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`,
    ];
  });
  if (failures.length === 0) return { type: 'Ready', status: 'True' };
  const message = failures.length === 1 ? (failures[0] ?? '') : `[${failures.join(', ')}]`;
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message };
}

const nameList = (statuses: readonly ContainerStatusView[]): string =>
  `[${statuses.map((status) => status.name).join(' ')}]`;
