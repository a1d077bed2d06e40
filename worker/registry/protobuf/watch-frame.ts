import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

const TYPE_FIELD = 1;
const OBJECT_FIELD = 2;
const RAW_FIELD = 1;
const LENGTH_BYTES = 4;

/**
 * One event of a watch: the length in four bytes, the most significant first, then a
 * metav1.WatchEvent whose object is an envelope.
 */
export function encodeWatchFrame(type: string, envelope: Uint8Array): Uint8Array {
  const event = new BinaryWriter()
    .tag(TYPE_FIELD, WireType.LengthDelimited)
    .string(type)
    .tag(OBJECT_FIELD, WireType.LengthDelimited)
    .fork()
    .tag(RAW_FIELD, WireType.LengthDelimited)
    .bytes(envelope)
    .join()
    .finish();
  const frame = new Uint8Array(LENGTH_BYTES + event.length);
  new DataView(frame.buffer).setUint32(0, event.length);
  frame.set(event, LENGTH_BYTES);
  return frame;
}
