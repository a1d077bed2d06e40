import type { CustomResourceDefinition } from './types.ts';

/** KEP-1111: who publishes in the community's groups says where that was agreed. */
export const APPROVAL_ANNOTATION = 'api-approved.kubernetes.io';
const PULL = 'https://github.com/kubernetes/enhancements/pull/1111';

export type ApprovalState = 'approved' | 'bypassed' | 'missing' | 'invalid';

/** Whether a definition of a protected group was approved, and what is told about it. */
export interface Approval {
  readonly state: ApprovalState;
  readonly reason: string;
}

/** Whether a group is the community's own: below k8s.io or kubernetes.io. */
export const isProtectedGroup = (group: string): boolean =>
  /(^|\.)(k8s|kubernetes)\.io$/.test(group);

/** What the annotation of a definition says (apihelpers.GetAPIApprovalState). */
export function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const annotation = metadata.annotations?.[APPROVAL_ANNOTATION] ?? '';
  if (annotation === '') {
    return {
      state: 'missing',
      reason: `protected groups must have approval annotation ${JSON.stringify(APPROVAL_ANNOTATION)}, see ${PULL}`,
    };
  }
  if (annotation.startsWith('unapproved')) {
    return { state: 'bypassed', reason: `not approved: ${JSON.stringify(annotation)}` };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+/i.test(annotation)) {
    return { state: 'approved', reason: `approved in ${annotation}` };
  }
  return {
    state: 'invalid',
    reason: `protected groups must have approval annotation ${JSON.stringify(APPROVAL_ANNOTATION)} with either a URL or a reason starting with "unapproved", see ${PULL}`,
  };
}
