import type { Job } from '../kinds.ts';
import { indexCount } from './job-facts.ts';
import { overlapOf, parseIndexSet, sizeOf } from './index-set.ts';
import type { IndexSet } from './index-set.ts';

/** The position of the first rule of the successPolicy that is met; null while none is (KEP-3998). */
export function metSuccessRule(job: Job, succeeded: IndexSet): number | null {
  if (succeeded.length === 0) return null;
  for (const [position, rule] of (job.spec.successPolicy?.rules ?? []).entries()) {
    const { succeededCount = Infinity, succeededIndexes } = rule;
    if (succeededIndexes === undefined) {
      if (sizeOf(succeeded) >= succeededCount) return position;
      continue;
    }
    const required = parseIndexSet(succeededIndexes, indexCount(job) ?? 0);
    if (required.length === 0) continue;
    const met = overlapOf(required, succeeded);
    if (met === sizeOf(required) || met >= succeededCount) return position;
  }
  return null;
}
