import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { encodeProtobuf } from '../registry/protobuf/encode.ts';

/** How answers are encoded. */
export type Encoding = 'json' | 'protobuf';

export const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

type Encodable = Pick<KubernetesObject, 'apiVersion' | 'kind'>;

/** An answer's body. */
export function encodeObject(object: Encodable, encoding: Encoding): string | Uint8Array {
  return encoding === 'json' ? `${JSON.stringify(object)}\n` : encodeProtobuf({ ...object });
}
