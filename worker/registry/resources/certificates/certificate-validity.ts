import { decodeBase64Bytes } from '../../base64.ts';
import { childrenOf, valuesOf } from './der.ts';
import { pemBlocks } from './pem.ts';

const VERSION = 0xa0;
const UTC_TIME = 0x17;

/**
 * Until when a certificate is good, in milliseconds since the epoch; null for what is none. It is PEM
 * in base64, as the API has it; of several the first counts.
 */
export function certificateNotAfter(certificate: string): number | null {
  const [block] = pemBlocks(certificate);
  const [whole] = valuesOf(decodeBase64Bytes(block?.base64 ?? ''));
  const fields = childrenOf(childrenOf(whole)[0]).filter(({ tag }) => tag !== VERSION);
  // Serial number, algorithm, issuer, and then the validity.
  const [, notAfter] = childrenOf(fields[3]);
  const digits = /^(\d{2,4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(notAfter?.content ?? '');
  if (digits === null) return null;
  const [, year = '', ...rest] = digits;
  const short = Number(year) + (Number(year) < 50 ? 2000 : 1900);
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  return Date.UTC(
    notAfter?.tag === UTC_TIME ? short : Number(year),
    month - 1,
    day,
    hour,
    minute,
    second,
  );
}
