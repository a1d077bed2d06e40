import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { encodeMessage } from './encode-message.ts';
import { writeEnvelope } from './envelope.ts';
import { findKind } from './kinds.ts';
import { findMessage } from './message-types.ts';

type Encodable = Pick<KubernetesObject, 'apiVersion' | 'kind'> & {
  readonly [field: string]: unknown;
};

/**
 * Encodes an object, or a list of objects, as upstream does, in its envelope. Throws an Error when
 * its kind does not exist in protobuf.
 */
export function encodeProtobuf(object: Encodable): Uint8Array {
  const { apiVersion = '', kind = '' } = object;
  const type = findMessage(findKind(apiVersion, kind) ?? '');
  if (type === undefined) throw new Error(`no message for ${kind} in ${apiVersion}`);
  return writeEnvelope({ apiVersion, kind, message: encodeMessage(object, type) });
}
