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
const YAML_TYPE = 'application/yaml';

/** YAML is made of the finished JSON (finish-response.ts), so that handlers know of two encodings. */
function encodingOf(type: string): Encoding | undefined {
  if (JSON_TYPES.has(type) || type === YAML_TYPE) return 'json';
  return type === PROTOBUF_TYPE ? 'protobuf' : undefined;
}

/** Whether the first encoding of an Accept header that is served is YAML. */
export function prefersYAML(accept: string | null): boolean {
  const known = parseAccept(accept).find(({ type }) => encodingOf(type) !== undefined);
  return known?.type === YAML_TYPE;
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

interface NegotiationOptions {
  /** Whether the endpoint can show its answer as a Table. */
  readonly allowTable?: boolean;
  /** Whether it is a watch, of which there is no YAML. */
  readonly isStream?: boolean;
}

/**
 * Chooses the first form of an Accept header that is served.
 *
 * @throws StatusError NotAcceptable (406).
 */
export function negotiateForm(
  accept: string | null,
  { allowTable = true, isStream = false }: NegotiationOptions = {},
): Form {
  for (const { type, parameters } of parseAccept(accept)) {
    const encoding = encodingOf(type);
    if (encoding === undefined || (isStream && type === YAML_TYPE)) continue;
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
  const types = isStream
    ? 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'
    : 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
  throw newStatusError('NotAcceptable', `only the following media types are accepted: ${types}`);
}

/** How a Status is to be encoded for a client: failures are told in any case. */
export function negotiateEncoding(accept: string | null): Encoding {
  for (const { type } of parseAccept(accept)) {
    const encoding = encodingOf(type);
    if (encoding !== undefined) return encoding;
  }
  return 'json';
}

/** How a client wants `/openapi/v2`: old kubectl asks for protobuf, by either of two names. */
export function negotiateSwagger(accept: string | null): 'json' | 'protobuf' {
  for (const { type } of parseAccept(accept)) {
    if (JSON_TYPES.has(type)) return 'json';
    if (/^application\/com\.github\.proto-openapi\.spec\.v2[.@]v1\.0\+protobuf$/.test(type)) {
      return 'protobuf';
    }
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
