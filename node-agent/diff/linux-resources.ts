import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { LinuxResources } from '../runtime/container-runtime.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { computeQOSClass } from './qos.ts';

const MIN_CPU_SHARES = 2;
const MAX_CPU_SHARES = 262_144;
const SHARES_PER_CPU = 1024;
const QUOTA_PERIOD_MICROSECONDS = 100_000;
const MIN_CPU_QUOTA = 1000;

/** OOM score adjustments by quality of service; after pkg/kubelet/qos/policy.go. */
const GUARANTEED_OOM_SCORE = -997;
const BEST_EFFORT_OOM_SCORE = 1000;
/** Burstable stays above what is guaranteed, and below what promises nothing. */
const MIN_BURSTABLE_OOM_SCORE = 3;
const MAX_BURSTABLE_OOM_SCORE = 999;

/** What a container's requests and limits mean to the kernel. */
export function computeLinuxResources(
  pod: DesiredPod,
  container: ContainerSpec,
  nodeMemoryBytes: number,
): LinuxResources {
  const { limits, requests } = container.resources ?? {};
  const cpuLimit = milli(limits?.['cpu']);
  const cpuRequest = milli(requests?.['cpu'] ?? limits?.['cpu']);
  return {
    cpuShares: cpuShares(cpuRequest),
    cpuQuota: cpuLimit === 0 ? 0 : cpuQuota(cpuLimit),
    memoryLimitBytes: bytes(limits?.['memory']),
    oomScoreAdj: oomScore(pod, bytes(requests?.['memory'] ?? limits?.['memory']), nodeMemoryBytes),
  };
}

function cpuShares(requestMilli: number): number {
  const shares = Math.floor((requestMilli * SHARES_PER_CPU) / 1000);
  return Math.min(Math.max(shares, MIN_CPU_SHARES), MAX_CPU_SHARES);
}

function cpuQuota(limitMilli: number): number {
  return Math.max(Math.floor((limitMilli * QUOTA_PERIOD_MICROSECONDS) / 1000), MIN_CPU_QUOTA);
}

function oomScore(pod: DesiredPod, memoryRequest: number, nodeMemoryBytes: number): number {
  const qosClass = computeQOSClass(pod);
  if (qosClass === 'Guaranteed') return GUARANTEED_OOM_SCORE;
  if (qosClass === 'BestEffort') return BEST_EFFORT_OOM_SCORE;
  const score = 1000 - Math.floor((1000 * memoryRequest) / nodeMemoryBytes);
  return Math.min(Math.max(score, MIN_BURSTABLE_OOM_SCORE), MAX_BURSTABLE_OOM_SCORE);
}

const milli = (quantity: string | undefined): number =>
  quantity === undefined ? 0 : Number(parseQuantity(quantity).toMilli());

const bytes = (quantity: string | undefined): number =>
  quantity === undefined ? 0 : Number(parseQuantity(quantity).toValue());
