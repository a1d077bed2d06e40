import { certificateSigningRequestPrinter } from '../printers/certificates.ts';
import { certificateSigningRequestStrategy } from '../resources/certificates/certificate-signing-request.ts';
import type { ServedGroup } from '../served.ts';

export const CERTIFICATES: ServedGroup = {
  'certificatesigningrequests.certificates.k8s.io/v1': {
    strategy: certificateSigningRequestStrategy,
    printer: certificateSigningRequestPrinter,
    shortNames: ['csr'],
    subresources: ['approval', 'status'],
  },
};
