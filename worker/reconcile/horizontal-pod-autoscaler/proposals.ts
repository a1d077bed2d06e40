import { parseLabelSelector } from '../../../apimachinery/label-selector.ts';
import type { Autoscaler } from './autoscaler-facts.ts';
import { proposeForMetric } from './metric-proposal.ts';
import type { MetricProposal, ProposalInput } from './metric-proposal.ts';
import type { ScaleTarget } from './scale-target.ts';
import type { Verdict } from './verdict.ts';

/** What all metrics together call for. */
export interface Proposal {
  /** Null where nothing may be done by them. */
  readonly desired: { readonly replicas: number; readonly metric: string } | null;
  /** Set where a metric failed. */
  readonly error?: string;
  /** For `status.currentMetrics`; null where no metric was looked at. */
  readonly statuses: readonly object[] | null;
}

/** The status of a metric that failed. */
const NOTHING_KNOWN = { type: '' };

/**
 * The highest of what the metrics call for. Metrics that fail do not keep the others from calling for
 * more, but from calling for less.
 *
 * @param rivals the autoscalers, `<namespace>/<name>`, that go by any of the same pods.
 */
export function proposeReplicas(
  { spec }: Autoscaler,
  { selector, specReplicas }: Pick<ScaleTarget, 'selector' | 'specReplicas'>,
  rivals: readonly string[],
  input: ProposalInput,
  verdict: Verdict,
): Proposal {
  const problem = selectorProblem(selector, rivals, verdict);
  if (problem !== null) return { desired: null, error: problem, statuses: null };
  const metrics = spec.metrics ?? [];
  const proposals = metrics.map((metric) => proposeForMetric(input, metric));
  const failures = proposals.filter((proposal) => !proposal.ok);
  for (const { reason, message } of failures) verdict.warn(reason, message);
  const best = highest(proposals);
  const statuses = proposals.map((proposal) => (proposal.ok ? proposal.status : NOTHING_KNOWN));
  const [first] = failures;
  const error =
    first === undefined
      ? {}
      : {
          error: `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first.error}`,
        };
  if (best === null || (first !== undefined && best.replicas < specReplicas)) {
    if (first !== undefined) {
      const message = `the HPA was unable to compute the replica count: ${first.message}`;
      verdict.say('ScalingActive', 'False', first.reason, message);
    }
    return { desired: null, statuses, ...error };
  }
  verdict.say(
    'ScalingActive',
    'True',
    'ValidMetricFound',
    `the HPA was able to successfully calculate a replica count from ${best.name}`,
  );
  return { desired: { replicas: best.replicas, metric: best.name }, statuses, ...error };
}

function highest(
  proposals: readonly MetricProposal[],
): Extract<MetricProposal, { ok: true }> | null {
  let best: Extract<MetricProposal, { ok: true }> | null = null;
  for (const proposal of proposals) {
    if (proposal.ok && (best === null || proposal.replicas > best.replicas)) best = proposal;
  }
  return best;
}

function selectorProblem(
  selector: string,
  rivals: readonly string[],
  verdict: Verdict,
): string | null {
  const fail = (reason: string, message: string, event = reason, condition = message): string => {
    verdict.warn(event, message);
    verdict.say('ScalingActive', 'False', reason, condition);
    return message;
  };
  if (selector === '') {
    const condition = "the HPA target's scale is missing a selector";
    return fail('InvalidSelector', 'selector is required', 'SelectorRequired', condition);
  }
  try {
    parseLabelSelector(selector);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return fail(
      'InvalidSelector',
      `couldn't convert selector into a corresponding internal selector object: ${text}`,
    );
  }
  if (rivals.length <= 1) return null;
  return fail(
    'AmbiguousSelector',
    `pods by selector ${selector} are controlled by multiple HPAs: [${rivals.join(' ')}]`,
  );
}
