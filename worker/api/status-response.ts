import { warningHeaders } from './warning-headers.ts';
import type { Status, StatusError } from '../../apimachinery/status-error.ts';
import { newInternalError } from '../../apimachinery/status-error.ts';
import { StatusError as StatusErrorClass } from '../../apimachinery/status-error.ts';
import { CONTENT_TYPES, encodeObject } from './encoding.ts';
import { negotiateEncoding } from './negotiate.ts';

/**
 * The response for a Status, encoded as the client's Accept header says;
 * `details.retryAfterSeconds` becomes a header as well.
 */
export function statusResponse(
  status: Status,
  accept: string | null,
  warnings: readonly string[] = [],
): Response {
  const encoding = negotiateEncoding(accept);
  const retryAfter = status.details?.retryAfterSeconds;
  const headers = warningHeaders(warnings);
  headers.set('Content-Type', CONTENT_TYPES[encoding]);
  if (retryAfter !== undefined) headers.set('Retry-After', String(retryAfter));
  return new Response(encodeObject(status, encoding), {
    status: status.code ?? (status.status === 'Success' ? 200 : 500),
    headers,
  });
}

/**
 * The only place where failures become responses. What is not a StatusError is a bug or an outage:
 * it is logged with its stack, and the client is told no more than that.
 */
export function errorResponse(error: unknown, accept: string | null): Response {
  if (error instanceof StatusErrorClass) {
    return statusResponse(error.status, accept, error.warnings);
  }
  const overloaded = platformOverload(error);
  if (overloaded !== null) return statusResponse(overloaded, accept);
  console.error(
    JSON.stringify({
      level: 'error',
      message: 'unhandled error in the API',
      error: error instanceof Error ? error.message : String(error),
      ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
    }),
  );
  const internal: StatusError = newInternalError('see the log of the control plane');
  return statusResponse(internal.status, accept);
}

/** Durable Objects say by properties of the error whether calling again makes sense. */
function platformOverload(error: unknown): Status | null {
  const { overloaded, retryable } = (error ?? {}) as { overloaded?: boolean; retryable?: boolean };
  if (overloaded !== true && retryable !== true) return null;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: overloaded === true ? 'TooManyRequests' : 'ServiceUnavailable',
    message: 'the control plane is busy, please try again later',
    details: { retryAfterSeconds: 1 },
    code: overloaded === true ? 429 : 503,
  };
}
