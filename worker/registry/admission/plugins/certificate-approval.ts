import { quoteText } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { refuse } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';

const REQUESTS = 'certificatesigningrequests.certificates.k8s.io';

/** Upstream's CertificateApproval: who approves requests may do so for their signer. */
export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  handles: ({ info, operation, subresource }) =>
    info.storage === REQUESTS && operation === 'UPDATE' && subresource === 'approval',
  validate(attributes, context) {
    // The stored name: nobody approves for another signer by naming that one.
    const signer = signerOf(attributes.oldObject);
    if (maySign(attributes, context, 'approve', signer)) return;
    const why = `user not permitted to approve requests with signerName ${quoteText(signer)}`;
    throw refuse(attributes, why);
  },
};

/** Upstream's CertificateSigning: who writes certificates may do so for their signer. */
export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  handles: ({ info, operation, subresource }) =>
    info.storage === REQUESTS && operation === 'UPDATE' && subresource === 'status',
  validate(attributes, context) {
    const { object, oldObject } = attributes;
    const [now, before] = [statusOf(object), statusOf(oldObject)];
    const isSame =
      now.certificate === before.certificate &&
      deepEqual(now.conditions ?? [], before.conditions ?? []);
    if (isSame) return;
    const signer = signerOf(oldObject);
    if (maySign(attributes, context, 'sign', signer)) return;
    const why = `user not permitted to sign requests with signerName ${quoteText(signer)}`;
    throw refuse(attributes, why);
  },
};

const statusOf = (request: KubernetesObject | null) =>
  (request?.status ?? {}) as { certificate?: string; conditions?: object[] };

const signerOf = (request: KubernetesObject | null): string =>
  ((request?.spec ?? {}) as { signerName?: string }).signerName ?? '';

/** Whether the user may do so for the signer, or for all signers of its domain. */
function maySign(
  { user }: AdmissionAttributes,
  { authorizer }: AdmissionContext,
  verb: 'approve' | 'sign',
  signer: string,
): boolean {
  const [domain = ''] = signer.split('/');
  return [signer, `${domain}/*`].some(
    (name) =>
      authorizer.authorize(user, {
        isResourceRequest: true,
        verb,
        apiGroup: 'certificates.k8s.io',
        apiVersion: '*',
        namespace: '',
        resource: 'signers',
        subresource: '',
        name,
      }).allowed,
  );
}
