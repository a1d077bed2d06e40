import { MASTERS_GROUP } from '../../../../apimachinery/user-info.ts';
import { parseRequest } from '../../resources/certificates/request-subject.ts';
import { refuse } from '../forbidden.ts';
import type { AdmissionPlugin } from '../plugin.ts';

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

/** Upstream's CertificateSubjectRestriction: nobody is made a master by a certificate. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'certificatesigningrequests.certificates.k8s.io' &&
    operation === 'CREATE' &&
    subresource === '',
  validate(attributes) {
    const { signerName, request = '' } = (attributes.object?.spec ?? {}) as {
      signerName?: string;
      request?: string;
    };
    if (signerName !== CLIENT_SIGNER) return;
    const parsed = parseRequest(request);
    if (!parsed.ok) throw refuse(attributes, `failed to parse CSR: ${parsed.message}`);
    if (!parsed.subject.organizations.includes(MASTERS_GROUP)) return;
    throw refuse(
      attributes,
      `use of ${CLIENT_SIGNER} signer with ${MASTERS_GROUP} group is not allowed`,
    );
  },
};
