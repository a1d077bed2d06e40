import { newBadRequest } from '../../apimachinery/status-error.ts';

/** Where a list goes on: behind an object, in the snapshot of the first page. */
export interface ContinueToken {
  /** Revision of the snapshot; -1 to go on in the present, when the snapshot has expired. */
  readonly revision: number;
  /** When the first page was read, ms since the epoch: a list goes on for a limited time. */
  readonly begunAt: number;
  /** Only for lists over all namespaces. */
  readonly namespace: string;
  readonly after: string;
}

const FORMAT = 'fairlead.dev/v1';

export function encodeContinue(token: ContinueToken): string {
  const { revision, begunAt, namespace, after } = token;
  // Names may hold any letter, base64 takes bytes.
  const bytes = new TextEncoder().encode(
    JSON.stringify([FORMAT, revision, begunAt, namespace, after]),
  );
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** @throws StatusError BadRequest when it is not a token of ours. */
export function decodeContinue(text: string): ContinueToken {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const [format, revision, begunAt, namespace, after] = Array.isArray(value) ? value : [];
    const numbers = [revision, begunAt].every((number) => Number.isSafeInteger(number));
    const texts = typeof namespace === 'string' && typeof after === 'string';
    if (format === FORMAT && numbers && texts) return { revision, begunAt, namespace, after };
  } catch {
    // Not base64, not JSON: the same answer as for a token of another format.
  }
  throw newBadRequest(
    'invalid continue token: continue key is not valid: the token was not made by this server',
  );
}
