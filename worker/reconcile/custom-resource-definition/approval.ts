import type { CustomResourceDefinition, DefinitionCondition } from '../../registry/crd/types.ts';

/** KEP-1111: who publishes in the community's groups says where that was agreed. */
const ANNOTATION = 'api-approved.kubernetes.io';
const PULL = 'https://github.com/kubernetes/enhancements/pull/1111';

type Approval = Omit<DefinitionCondition, 'lastTransitionTime'>;

/** The condition that definitions of protected groups carry; none for all others. */
export function approvalCondition({ metadata, spec }: CustomResourceDefinition): Approval[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group)) return [];
  const annotation = metadata.annotations?.[ANNOTATION] ?? '';
  return [{ type: 'KubernetesAPIApprovalPolicyConformant', ...judge(annotation) }];
}

function judge(annotation: string): Omit<Approval, 'type'> {
  if (annotation === '') {
    return {
      status: 'False',
      reason: 'MissingAnnotation',
      message: `protected groups must have approval annotation ${JSON.stringify(ANNOTATION)}, see ${PULL}`,
    };
  }
  if (annotation.startsWith('unapproved')) {
    return {
      status: 'False',
      reason: 'UnapprovedAnnotation',
      message: `not approved: ${JSON.stringify(annotation)}`,
    };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+/i.test(annotation)) {
    return {
      status: 'True',
      reason: 'ApprovedAnnotation',
      message: `approved in ${annotation}`,
    };
  }
  return {
    status: 'False',
    reason: 'InvalidAnnotation',
    message: `protected groups must have approval annotation ${JSON.stringify(ANNOTATION)} with either a URL or a reason starting with "unapproved", see ${PULL}`,
  };
}
