import type { KubernetesObject, ListMeta } from '../../apimachinery/meta.ts';
import { newStatusError } from '../../apimachinery/status-error.ts';
import { ListEncoder } from '../registry/protobuf/list-encoder.ts';
import { CONTENT_TYPES } from './encoding.ts';

/**
 * Bytes of a list that are held: its length stands in front of it, so that it cannot go out before
 * it is complete. A quarter of what a Worker may use.
 */
const MAX_LIST_BYTES = 32 * 1024 * 1024;

/** The response for a list in protobuf. @throws StatusError RequestEntityTooLarge (413). */
export async function protobufList(
  type: { readonly apiVersion: string; readonly kind: string },
  metadata: ListMeta,
  chunks: AsyncIterable<readonly Pick<KubernetesObject, 'metadata'>[]>,
): Promise<Response> {
  const encoder = new ListEncoder(type.apiVersion, type.kind, metadata);
  for await (const objects of chunks) {
    encoder.add(objects);
    if (encoder.size > MAX_LIST_BYTES) {
      throw newStatusError(
        'RequestEntityTooLarge',
        `the list is larger than ${MAX_LIST_BYTES} bytes in protobuf: ask for it in pages, or in JSON`,
      );
    }
  }
  const pieces = encoder.finish().values();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
  return new Response(body, { headers: { 'Content-Type': CONTENT_TYPES.protobuf } });
}
