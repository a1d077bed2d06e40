import type { ServedGroup } from '../served.ts';

const REVIEW = { strategy: {}, verbs: ['create'], isReview: true } as const;

/** Questions about who may do what; the answer is in the status of what was sent. */
export const AUTHORIZATION: ServedGroup = {
  'localsubjectaccessreviews.authorization.k8s.io/v1': REVIEW,
  'selfsubjectaccessreviews.authorization.k8s.io/v1': REVIEW,
  'selfsubjectrulesreviews.authorization.k8s.io/v1': REVIEW,
  'subjectaccessreviews.authorization.k8s.io/v1': REVIEW,
};
