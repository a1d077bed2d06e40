import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { parseAPIVersion } from '../../../apimachinery/meta.ts';
import { newBadRequest } from '../../../apimachinery/status-error.ts';
import { checkKind, type Decoded, decodeTyped, type ExpectedType } from '../schema/decode.ts';
import { decodeMessage } from './decode-message.ts';
import { type Envelope, readEnvelope } from './envelope.ts';
import { isInEveryGroup } from './kinds.ts';
import { lookupMessage } from './message-types.ts';

const SUMMARY_BYTES = 30;
const OPENING_BRACE = 0x7b;

/**
 * Decodes a request body into an object of the expected type, as decodeObject does with text.
 *
 * @throws StatusError BadRequest, in upstream's words: malformed bytes, another kind or version.
 */
export function decodeProtobufBody(bytes: Uint8Array, expected: ExpectedType): Decoded {
  const envelope = openEnvelope(bytes, expected);
  const kind = envelope.kind || expected.kind;
  const stated = isInEveryGroup(kind) ? '' : envelope.apiVersion;
  const apiVersion = stated || expected.apiVersion;
  const fail = checkKind({ ...parseAPIVersion(apiVersion), kind }, expected);
  let value: Record<string, unknown>;
  try {
    value = decodeMessage(envelope.message, lookupMessage(expected.schema));
  } catch (error) {
    throw fail(messageOf(error));
  }
  return decodeTyped(value, expected, fail);
}

function openEnvelope(bytes: Uint8Array, expected: ExpectedType): Envelope {
  try {
    return readEnvelope(bytes);
  } catch (error) {
    throw newBadRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): ${messageOf(error)} (${summarize(bytes)})`,
    );
  }
}

/** The start of a body: as text when it looks like JSON, else in hexadecimal. */
function summarize(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>';
  const start = bytes.subarray(0, SUMMARY_BYTES);
  const ellipsis = bytes.length > SUMMARY_BYTES ? ' ...' : '';
  if (bytes[0] === OPENING_BRACE) return `${getTextEncoding().decodeUtf8(start)}${ellipsis}`;
  const digits = Array.from(start, (byte) => byte.toString(16).padStart(2, '0'));
  return `${digits.join('')}${ellipsis}`;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
