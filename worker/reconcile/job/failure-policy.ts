import type { PodFailurePolicyRule } from 'kubernetes-types/batch/v1.js';
import type { Job, Pod } from '../kinds.ts';

/** What becomes of a failed pod. Without a rule that matches, it counts. */
export type FailureOutcome =
  | { readonly action: 'Count' | 'Ignore' | 'FailIndex' }
  | { readonly action: 'FailJob'; readonly message: string };

const COUNT: FailureOutcome = { action: 'Count' };

/** The outcome by the first rule of the job's podFailurePolicy that matches (KEP-3329). */
export function judgeFailure(job: Job, pod: Pod): FailureOutcome {
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const match = matchOf(rule, pod);
    if (match === null) continue;
    switch (rule.action) {
      case 'Ignore':
      case 'FailIndex':
      case 'Count':
        return { action: rule.action };
      case 'FailJob':
        return { action: 'FailJob', message: `${match} matching FailJob rule at index ${index}` };
      default:
        // An action of a later version: the rule is as good as not there.
        continue;
    }
  }
  return COUNT;
}

/** How the rule matches, in words; null when it does not. */
function matchOf(rule: PodFailurePolicyRule, pod: Pod): string | null {
  const { namespace = '', name } = pod.metadata;
  if (rule.onExitCodes !== undefined) {
    const match = matchingContainer(rule.onExitCodes, pod);
    if (match === null) return null;
    return `Container ${match.name} for pod ${namespace}/${name} failed with exit code ${match.exitCode}`;
  }
  const patterns = rule.onPodConditions ?? [];
  const condition = pod.status?.conditions?.find(({ type, status }) =>
    patterns.some((pattern) => pattern.type === type && pattern.status === status),
  );
  return condition === undefined
    ? null
    : `Pod ${namespace}/${name} has condition ${condition.type}`;
}

function matchingContainer(
  { containerName, operator, values }: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  { status }: Pod,
): { readonly name: string; readonly exitCode: number } | null {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  for (const { name, state } of statuses) {
    const exitCode = state?.terminated?.exitCode ?? 0;
    if (exitCode === 0 || (containerName !== undefined && containerName !== name)) continue;
    const isListed = (values ?? []).includes(exitCode);
    if (operator === 'In' ? isListed : operator === 'NotIn' && !isListed) return { name, exitCode };
  }
  return null;
}
