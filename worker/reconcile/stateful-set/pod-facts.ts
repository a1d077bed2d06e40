import type { Pod } from '../kinds.ts';
import { isPodReady, msUntilAvailable } from '../pods/pod-readiness.ts';

export const REVISION_LABEL = 'controller-revision-hash';
export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
export const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** The name of the revision that the pod was made from. */
export const revisionOf = ({ metadata }: Pod): string => metadata.labels?.[REVISION_LABEL] ?? '';

export const isTerminating = ({ metadata }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined;

export const isRunningAndReady = (pod: Pod): boolean =>
  pod.status?.phase === 'Running' && isPodReady(pod);

export const isAvailable = (pod: Pod, minReadySeconds: number | undefined, now: number): boolean =>
  msUntilAvailable(pod, minReadySeconds ?? 0, now) === 0;
