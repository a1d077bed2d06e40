import { newBadRequest } from '../../apimachinery/status-error.ts';

/** Where a list goes on: behind an object, in the snapshot of the first page. */
export interface ContinueToken {
  /** Revision of the snapshot; -1 to go on in the present, when the snapshot has expired. */
  readonly revision: number;
  /** Only for lists over all namespaces. */
  readonly namespace: string;
  readonly after: string;
}

const FORMAT = 'fairlead.dev/v1';

export function encodeContinue(token: ContinueToken): string {
  const { revision, namespace, after } = token;
  return btoa(JSON.stringify([FORMAT, revision, namespace, after]))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** @throws StatusError BadRequest when it is not a token of ours. */
export function decodeContinue(text: string): ContinueToken {
  try {
    const value: unknown = JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')));
    if (Array.isArray(value) && value[0] === FORMAT && Number.isSafeInteger(value[1])) {
      return { revision: Number(value[1]), namespace: String(value[2]), after: String(value[3]) };
    }
  } catch {
    // Not base64, not JSON: the same answer as for a token of another format.
  }
  throw newBadRequest('continue key is not valid: the token was not made by this server');
}
