import type { CertificateSigningRequest } from 'kubernetes-types/certificates/v1.js';
import { humanDuration } from '../../../apimachinery/duration.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, NONE } from './columns.ts';

export const certificateSigningRequestPrinter: TablePrinter = {
  columns: [
    NAME,
    AGE,
    column('SignerName'),
    column('Requestor'),
    column('RequestedDuration'),
    column('Condition'),
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as Partial<CertificateSigningRequest>;
    const seconds = spec?.expirationSeconds;
    return [
      object.metadata.name ?? '',
      age(object, now),
      spec?.signerName || NONE,
      spec?.username ?? '',
      seconds === undefined ? NONE : humanDuration(seconds * 1000),
      conditionOf(status),
    ];
  },
};

/** What was decided, and what came of it: `Approved,Issued`. */
function conditionOf(status: CertificateSigningRequest['status']): string {
  const types = (status?.conditions ?? []).map(({ type }) => type);
  const decided = ['Denied', 'Approved'].find((type) => types.includes(type)) ?? 'Pending';
  const failed = types.includes('Failed') ? ',Failed' : '';
  return `${decided}${failed}${status?.certificate ? ',Issued' : ''}`;
}
