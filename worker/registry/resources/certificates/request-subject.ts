import { decodeBase64Bytes } from '../../base64.ts';
import { childrenOf, OBJECT_ID, SEQUENCE, textOf, valuesOf, type DERValue } from './der.ts';
import { pemBlocks } from './pem.ts';

/** Who a certificate is asked for, as far as rules look at it. */
export interface RequestSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Which kinds of names it is asked for beside the common name. */
  readonly alternativeNames: ReadonlySet<AlternativeName>;
}

export type AlternativeName = 'DNS' | 'Email' | 'IP' | 'URI';

export type ParsedRequest =
  | { readonly ok: true; readonly subject: RequestSubject }
  | { readonly ok: false; readonly message: string };

/** 2.5.4.3 and 2.5.4.10 in DER. */
const COMMON_NAME = '\x55\x04\x03';
const ORGANIZATION = '\x55\x04\x0a';
/** 1.2.840.113549.1.9.14, the attribute with the extensions that are asked for (RFC 2985). */
const EXTENSION_REQUEST = '\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e';
/** 2.5.29.17 */
const ALTERNATIVE_NAMES = '\x55\x1d\x11';
const ATTRIBUTES = 0xa0;
/** Tags of GeneralName (RFC 5280). */
const NAME_KINDS: Readonly<Record<number, AlternativeName>> = {
  0x81: 'Email',
  0x82: 'DNS',
  0x86: 'URI',
  0x87: 'IP',
};

/**
 * Reads the subject of a request for a certificate (PKCS #10), which is PEM in base64 as the API has
 * it, and what kinds of names it asks for. Only the structure down to these is looked at; whoever
 * signs looks at all of it.
 */
export function parseRequest(request: string): ParsedRequest {
  const [block] = pemBlocks(request);
  if (block?.type !== 'CERTIFICATE REQUEST') {
    return { ok: false, message: 'PEM block type must be CERTIFICATE REQUEST' };
  }
  const [body] = valuesOf(decodeBase64Bytes(block.base64));
  const [info] = childrenOf(body);
  const [, name, , ...rest] = childrenOf(info);
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
      alternativeNames: alternativeNamesOf(rest.find(({ tag }) => tag === ATTRIBUTES)),
    },
  };
}

function alternativeNamesOf(attributes: DERValue | undefined): ReadonlySet<AlternativeName> {
  const extensions = valuesOf(attributes?.content ?? '').flatMap((attribute) => {
    const [id, set] = childrenOf(attribute);
    return id?.content === EXTENSION_REQUEST
      ? valuesOf(set?.content ?? '').flatMap(childrenOf)
      : [];
  });
  const names = extensions.flatMap((extension) => {
    const parts = childrenOf(extension);
    const isNames = parts[0]?.content === ALTERNATIVE_NAMES;
    return isNames ? valuesOf(parts.at(-1)?.content ?? '').flatMap(childrenOf) : [];
  });
  return new Set(names.flatMap(({ tag }) => NAME_KINDS[tag] ?? []));
}
