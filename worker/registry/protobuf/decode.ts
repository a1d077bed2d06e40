import { newBadRequest } from '../../../apimachinery/status-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { notRegistered } from '../schema/decode.ts';
import { decodeMessage } from './decode-message.ts';
import { readEnvelope } from './envelope.ts';
import { findKind } from './kinds.ts';
import { findMessage } from './message-types.ts';

/** An object out of its envelope, as JSON would have it. */
export interface DecodedProtobuf {
  readonly apiVersion: string;
  readonly kind: string;
  readonly object: KubernetesObject;
}

/**
 * Decodes an object of any kind of the API. What it does not say is left out, also where JSON has a
 * zero: giving it its type (worker/registry/schema/decode.ts) adds that. `bytes` are bounded by
 * whoever has read them.
 *
 * @throws StatusError BadRequest with upstream's text when the bytes are malformed, and when they
 * do not say their kind or name one that does not exist.
 */
export function decodeProtobuf(bytes: Uint8Array): DecodedProtobuf {
  try {
    const { apiVersion, kind, message } = readEnvelope(bytes);
    checkTypeMeta(apiVersion, kind);
    const schema = findKind(apiVersion, kind);
    const type = schema === undefined ? undefined : findMessage(schema);
    if (type === undefined) {
      throw new Error(notRegistered(apiVersion, kind));
    }
    const fields = decodeMessage(message, type);
    return { apiVersion, kind, object: { apiVersion, kind, ...fields } as KubernetesObject };
  } catch (error) {
    throw newBadRequest(error instanceof Error ? error.message : String(error));
  }
}

function checkTypeMeta(apiVersion: string, kind: string): void {
  const type = `runtime.TypeMeta{APIVersion:${JSON.stringify(apiVersion)}, Kind:${JSON.stringify(kind)}}`;
  if (kind === '') throw new Error(`Object 'Kind' is missing in '${type}'`);
  const hasVersion = /^[^/]+(\/[^/]*)?$/.test(apiVersion);
  if (!hasVersion) throw new Error(`Object 'apiVersion' is missing in '${type}'`);
}
