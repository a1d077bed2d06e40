import { planClaims } from '../claim.ts';
import type { Claims } from '../claim.ts';
import type { Job, Pod } from '../kinds.ts';
import { as } from '../kinds.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { labelPredicate } from '../selector.ts';
import { isDeleting, JOB_API_VERSION } from './job-facts.ts';
import { withoutTracking, withTracking } from './pod-facts.ts';

/**
 * Adoption and release, with the finalizer: who is adopted will be counted, who is let go will not.
 * A pod that has ended without the finalizer is adopted as it is, because it may well be one that
 * this job has counted before.
 */
export function planPodClaims(
  job: Job,
  controlled: readonly Pod[],
  orphans: readonly Pod[],
): Claims<Pod> {
  const { name, uid } = job.metadata;
  const { claimed, writes } = planClaims(
    { apiVersion: JOB_API_VERSION, kind: 'Job', name, uid, deleting: isDeleting(job) },
    'pods',
    controlled,
    orphans,
    labelPredicate(job.spec.selector),
  );
  const own = new Set(controlled.map((pod) => pod.metadata.uid));
  return {
    claimed,
    writes: writes.map((write) => {
      if (write.verb !== 'update') return write;
      const pod = as<Pod>(write.object);
      if (own.has(pod.metadata.uid)) return { ...write, object: withoutTracking(pod) };
      return isPodTerminal(pod) ? write : { ...write, object: withTracking(pod) };
    }),
  };
}
