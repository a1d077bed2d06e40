import { decodeBase64Bytes } from '../../base64.ts';
import { pemBlocks } from './pem.ts';

/** Who a certificate is asked for, as far as rules look at it. */
export interface RequestSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

export type ParsedRequest =
  | { readonly ok: true; readonly subject: RequestSubject }
  | { readonly ok: false; readonly message: string };

const SEQUENCE = 0x30;
const OBJECT_ID = 0x06;
/** 2.5.4.3 and 2.5.4.10 in DER. */
const COMMON_NAME = '\x55\x04\x03';
const ORGANIZATION = '\x55\x04\x0a';

/** One value of DER: its tag, and its content as bytes, each a character. */
interface Value {
  readonly tag: number;
  readonly content: string;
}

/**
 * Reads the subject of a request for a certificate (PKCS #10), which is PEM in base64 as the API has
 * it. Only the structure down to the subject is looked at; whoever signs looks at all of it.
 */
export function parseRequest(request: string): ParsedRequest {
  const [block] = pemBlocks(request);
  if (block?.type !== 'CERTIFICATE REQUEST') {
    return { ok: false, message: 'PEM block type must be CERTIFICATE REQUEST' };
  }
  const [body] = valuesOf(decodeBase64Bytes(block.base64));
  const [info] = childrenOf(body);
  const [, name] = childrenOf(info);
  if (name?.tag !== SEQUENCE) {
    return { ok: false, message: 'asn1: structure error: malformed certificate request' };
  }
  // A name is a list of sets of pairs of a type and a value.
  const pairs = childrenOf(name).flatMap((set) => valuesOf(set.content).map(childrenOf));
  const of = (type: string): string[] =>
    pairs.flatMap(([id, value]) =>
      id?.tag === OBJECT_ID && id.content === type && value !== undefined ? [textOf(value)] : [],
    );
  return {
    ok: true,
    subject: {
      // The last one counts, as in Go's pkix.Name.
      commonName: of(COMMON_NAME).at(-1) ?? '',
      organizations: of(ORGANIZATION),
    },
  };
}

const childrenOf = (value: Value | undefined): Value[] =>
  value?.tag === SEQUENCE ? valuesOf(value.content) : [];

/** The values in a row of bytes; none from where they are not DER. */
function valuesOf(bytes: string): Value[] {
  const values: Value[] = [];
  let at = 0;
  while (at + 1 < bytes.length) {
    const tag = bytes.charCodeAt(at);
    const first = bytes.charCodeAt(at + 1);
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (lengthBytes > 4) break;
    const start = at + 2 + lengthBytes;
    let length = first;
    if (lengthBytes > 0) {
      length = 0;
      for (let i = at + 2; i < start; i++) length = length * 256 + bytes.charCodeAt(i);
    }
    if (!(start + length <= bytes.length)) break;
    values.push({ tag, content: bytes.slice(start, start + length) });
    at = start + length;
  }
  return values;
}

const BMP_STRING = 0x1e;

function textOf({ tag, content }: Value): string {
  const bytes = Array.from(content, (byte) => byte.charCodeAt(0));
  if (tag === BMP_STRING) {
    return bytes.reduce(
      (text, byte, i) =>
        i % 2 === 0 ? text : text + String.fromCharCode((bytes[i - 1] ?? 0) * 256 + byte),
      '',
    );
  }
  try {
    return decodeURIComponent(bytes.map((b) => `%${b.toString(16).padStart(2, '0')}`).join(''));
  } catch {
    // Not UTF-8, so an older alphabet, in which every byte is a character.
    return content;
  }
}
