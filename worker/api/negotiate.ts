import { newStatusError } from '../../apimachinery/status-error.ts';
import type { Encoding } from './encoding.ts';

/** What a client wants objects to look like, and how they are to be encoded. */
export type Form = { readonly encoding: Encoding } & (
  | { readonly as: 'object' }
  | { readonly as: 'Table'; readonly version: string }
  | {
      readonly as: 'PartialObjectMetadata' | 'PartialObjectMetadataList';
      readonly version: string;
    }
);

/** One entry of an Accept header. */
interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const META_GROUP = 'meta.k8s.io';
const META_VERSIONS = new Set(['v1', 'v1beta1']);
const JSON_TYPES = new Set(['application/json', 'application/*', '*/*']);
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

function encodingOf(type: string): Encoding | undefined {
  if (JSON_TYPES.has(type)) return 'json';
  return type === PROTOBUF_TYPE ? 'protobuf' : undefined;
}

/** Entries of an Accept header, the best first; ties in the order in which they were written. */
export function parseAccept(accept: string | null): MediaRange[] {
  if (accept === null || accept.trim() === '') return [range('*/*')];
  return accept
    .split(',')
    .map(range)
    .sort((a, b) => b.quality - a.quality);
}

function range(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((parameter) => {
      const equals = parameter.indexOf('=');
      return [parameter.slice(0, equals).trim(), parameter.slice(equals + 1).trim()] as const;
    }),
  );
  return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? 1) };
}

/**
 * Chooses the first form of an Accept header that is served.
 *
 * @param allowTable whether the endpoint can show its answer as a Table.
 * @throws StatusError NotAcceptable (406).
 */
export function negotiateForm(accept: string | null, allowTable = true): Form {
  for (const { type, parameters } of parseAccept(accept)) {
    const encoding = encodingOf(type);
    if (encoding === undefined) continue;
    const as = parameters.get('as');
    if (as === undefined) return { as: 'object', encoding };
    const version = parameters.get('v') ?? '';
    if (parameters.get('g') !== META_GROUP || !META_VERSIONS.has(version) || !allowTable) continue;
    // Tables have cells of any type, which protobuf has no message for.
    if (as === 'Table' && encoding === 'json') return { as, version, encoding };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
      return { as, version, encoding };
    }
  }
  throw newStatusError(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

/** How a Status is to be encoded for a client: failures are told in any case. */
export function negotiateEncoding(accept: string | null): Encoding {
  for (const { type } of parseAccept(accept)) {
    const encoding = encodingOf(type);
    if (encoding !== undefined) return encoding;
  }
  return 'json';
}

/** Which of the discovery documents a client wants: the aggregated one, in a version, or the old. */
export function negotiateDiscovery(accept: string | null): 'v2' | 'v2beta1' | 'legacy' {
  for (const { type, parameters } of parseAccept(accept)) {
    if (!JSON_TYPES.has(type)) continue;
    if (parameters.get('as') === undefined) return 'legacy';
    const version = parameters.get('v');
    const known = parameters.get('g') === 'apidiscovery.k8s.io';
    if (known && parameters.get('as') === 'APIGroupDiscoveryList') {
      if (version === 'v2' || version === 'v2beta1') return version;
    }
  }
  return 'legacy';
}
