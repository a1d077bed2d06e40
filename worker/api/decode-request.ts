import { decodeProtobufBody } from '../registry/protobuf/decode-body.ts';
import {
  type Decoded,
  decodeObject,
  type ExpectedType,
  type FieldValidation,
} from '../registry/schema/decode.ts';
import type { BodyFormat } from './request-body.ts';

/** Decodes a body, whatever its encoding, into an object of the expected type. @throws StatusError. */
export function decodeRequest(
  body: Uint8Array,
  format: BodyFormat,
  expected: ExpectedType,
  fieldValidation: FieldValidation,
): Decoded {
  if (format === 'protobuf') return decodeProtobufBody(body, expected);
  return decodeObject(new TextDecoder().decode(body), format, expected, fieldValidation);
}
