import { approvalOf, type ApprovalState, isProtectedGroup } from '../../registry/crd/approval.ts';
import type { CustomResourceDefinition, DefinitionCondition } from '../../registry/crd/types.ts';

type Approval = Omit<DefinitionCondition, 'lastTransitionTime'>;

const CONDITIONS: Readonly<Record<ApprovalState, Pick<Approval, 'status' | 'reason'>>> = {
  approved: { status: 'True', reason: 'ApprovedAnnotation' },
  bypassed: { status: 'False', reason: 'UnapprovedAnnotation' },
  missing: { status: 'False', reason: 'MissingAnnotation' },
  invalid: { status: 'False', reason: 'InvalidAnnotation' },
};

/** The condition that definitions of protected groups carry; none for all others. */
export function approvalCondition(crd: CustomResourceDefinition): Approval[] {
  if (!isProtectedGroup(crd.spec.group)) return [];
  const { state, reason: message } = approvalOf(crd);
  return [{ type: 'KubernetesAPIApprovalPolicyConformant', ...CONDITIONS[state], message }];
}
