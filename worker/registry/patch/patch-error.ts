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

/** Why a patch with a test that does not hold is rejected. */
class FailedTest extends Error {}

/** A test of a JSON patch that does not hold (422). */
export function newFailedTest(path: string): StatusError {
  const error = newPatchRejected('');
  error.cause = new FailedTest(`testing value ${path} failed: test failed`);
  return error;
}

/** Whether a patch was rejected by a test of its own. */
export const isFailedTest = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof FailedTest;

/** A patch that is malformed in itself (400). */
export const newBadPatch = (message: string): StatusError => newBadRequest(message);
