import type { ServedGroup } from '../served.ts';

const REVIEW = { strategy: {}, verbs: ['create'], isReview: true } as const;

/** Questions about who somebody is. */
export const AUTHENTICATION: ServedGroup = {
  'selfsubjectreviews.authentication.k8s.io/v1': REVIEW,
  'tokenreviews.authentication.k8s.io/v1': REVIEW,
};
