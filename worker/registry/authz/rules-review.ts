import type { UserInfo } from '../../../apimachinery/user-info.ts';
import { aggregateErrors } from './aggregate-errors.ts';

/** The status of a SelfSubjectRulesReview, on the wire as it is. */
export interface RulesReview {
  readonly resourceRules: readonly ResourceRule[];
  readonly nonResourceRules: readonly NonResourceRule[];
  /** Whether there is more that cannot be listed. */
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface NonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** An authorizer that can list what it allows. */
export interface RulesReviewer {
  reviewRules(user: UserInfo, namespace: string): RulesReview;
}

/** What several reviewers list together (k8s.io/apiserver union rule resolver). */
export function reviewOfAll(
  reviewers: readonly RulesReviewer[],
  user: UserInfo,
  namespace: string,
): RulesReview {
  const reviews = reviewers.map((reviewer) => reviewer.reviewRules(user, namespace));
  const errors = reviews.map((review) => review.evaluationError ?? '').filter((e) => e !== '');
  return {
    resourceRules: reviews.flatMap((review) => review.resourceRules),
    nonResourceRules: reviews.flatMap((review) => review.nonResourceRules),
    incomplete: reviews.some((review) => review.incomplete),
    ...(errors.length === 0 ? {} : { evaluationError: aggregateErrors(errors) }),
  };
}
