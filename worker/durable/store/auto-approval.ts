import type { CertificateSigningRequestCondition } from 'kubernetes-types/certificates/v1.js';
import type { Authorizer } from '../../registry/authz/authorizer.ts';
import { parseRequest } from '../../registry/resources/certificates/request-subject.ts';
import {
  KUBELET_CLIENT_SIGNER,
  signerFault,
} from '../../registry/resources/certificates/signers.ts';
import type { CertificateRequest } from '../effects/certificate-effect.ts';

/** What upstream's sarapprove asks, in its order, and what it says then. */
const GROUNDS = [
  {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  },
  {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  },
] as const;

/**
 * The condition by which a request for a node's client certificate is approved, when whoever sent it
 * may have such; null for all other requests.
 */
export function autoApproval(
  { spec }: CertificateRequest,
  authorizer: Pick<Authorizer, 'authorize'>,
): CertificateSigningRequestCondition | null {
  const { signerName, request, usages = [], username = '', uid, groups = [], extra } = spec;
  const parsed = parseRequest(request);
  if (signerName !== KUBELET_CLIENT_SIGNER || !parsed.ok) return null;
  if (signerFault(signerName, parsed.subject, usages) !== null) return null;
  const user = {
    name: username,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
  const isSelf = username === parsed.subject.commonName;
  const ground = GROUNDS.find(
    ({ subresource }) =>
      (isSelf || subresource !== 'selfnodeclient') &&
      authorizer.authorize(user, {
        isResourceRequest: true,
        verb: 'create',
        apiGroup: 'certificates.k8s.io',
        apiVersion: '*',
        namespace: '',
        resource: 'certificatesigningrequests',
        subresource,
        name: '',
      }).allowed,
  );
  if (ground === undefined) return null;
  return { type: 'Approved', status: 'True', reason: 'AutoApproved', message: ground.message };
}
