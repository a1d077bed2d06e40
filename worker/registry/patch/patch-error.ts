import {
  newBadRequest,
  newStatusError,
  type StatusError,
} from '../../../apimachinery/status-error.ts';

/**
 * A patch that could be read but does not fit the object that it is applied to (422). Upstream
 * keeps the cause to itself; here it is the status error's own cause, for whoever handles it.
 */
export function newPatchRejected(cause: string): StatusError {
  const error = newStatusError(
    'Invalid',
    'the server rejected our request due to an error in our request',
    {},
  );
  error.cause = new Error(cause);
  return error;
}

/** A patch that is malformed in itself (400). */
export const newBadPatch = (message: string): StatusError => newBadRequest(message);
