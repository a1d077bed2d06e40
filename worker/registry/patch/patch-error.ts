import {
  newBadRequest,
  newStatusError,
  type StatusError,
} from '../../../apimachinery/status-error.ts';

/** A patch that could be read but does not fit the object that it is applied to (422). */
export function newPatchRejected(cause: string): StatusError {
  return newStatusError(
    'Invalid',
    'the server rejected our request due to an error in our request',
    { causes: [{ message: cause }] },
  );
}

/** A patch that is malformed in itself (400). */
export const newBadPatch = (message: string): StatusError => newBadRequest(message);
