import type { FieldError } from './field-error.ts';

/** Machine-readable causes of a failure, as in metav1.StatusReason. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'ServiceUnavailable';

/** The HTTP code that goes with each reason; a Record so that the compiler keeps it complete. */
export const STATUS_CODES: Record<StatusReason, number> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
};

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** metav1.Status: the body of every failure, and of some successes. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason | '';
  details?: StatusDetails;
  code?: number;
}

/** What a failure is about: the group and the *resource* (upstream puts it in `details.kind`). */
export interface StatusSubject {
  readonly group: string;
  readonly resource: string;
}

/**
 * A failure that a client is meant to see. Classes do not survive Durable Object RPC, so code on
 * the far side of a call reads `status`, and `isX` predicates read the reason, never the class.
 */
export class StatusError extends Error {
  readonly status: Status;
  /** Texts for Warning headers, of what was found before it failed. */
  readonly warnings: string[] = [];

  constructor(status: Status, options?: { cause?: unknown }) {
    super(status.message ?? status.reason ?? 'unknown', options);
    this.name = 'StatusError';
    this.status = status;
  }
}

/** Builds a failure of any reason; the named constructors below cover the usual ones. */
export function newStatusError(
  reason: StatusReason,
  message: string,
  details?: StatusDetails,
): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code: STATUS_CODES[reason],
  });
}

function qualified(subject: StatusSubject): string {
  return subject.group === '' ? subject.resource : `${subject.resource}.${subject.group}`;
}

function subjectDetails(subject: StatusSubject, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind: subject.resource,
  };
}

export function newNotFound(subject: StatusSubject, name: string): StatusError {
  return newStatusError(
    'NotFound',
    `${qualified(subject)} "${name}" not found`,
    subjectDetails(subject, name),
  );
}

export function newAlreadyExists(subject: StatusSubject, name: string): StatusError {
  return newStatusError(
    'AlreadyExists',
    `${qualified(subject)} "${name}" already exists`,
    subjectDetails(subject, name),
  );
}

/** An optimistic-lock or precondition failure. */
export function newConflict(subject: StatusSubject, name: string, why: string): StatusError {
  return newStatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`,
    subjectDetails(subject, name),
  );
}

export function newForbidden(subject: StatusSubject, name: string, why: string): StatusError {
  const about = name === '' ? qualified(subject) : `${qualified(subject)} "${name}"`;
  return newStatusError(
    'Forbidden',
    `${about} is forbidden: ${why}`,
    subjectDetails(subject, name),
  );
}

/** A 422 that carries one cause per field error. `kind` is the Kind, not the resource. */
export function newInvalid(
  group: string,
  kind: string,
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map((e) => `${e.field}: ${e.message}`))];
  const aggregate = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  const subject = group === '' ? kind : `${kind}.${group}`;
  return newStatusError('Invalid', `${subject} "${name}" is invalid: ${aggregate}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    causes: errors.map((e) => ({ reason: e.reason, message: e.message, field: e.field })),
  });
}

export function newBadRequest(message: string): StatusError {
  return newStatusError('BadRequest', message);
}

export function newUnauthorized(): StatusError {
  return newStatusError('Unauthorized', 'Unauthorized');
}

/** A revision, or a continue token, that is older than the history that is kept. */
export function newExpired(message: string): StatusError {
  return newStatusError('Expired', message);
}

export function newInternalError(message: string): StatusError {
  return newStatusError('InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

function reasonOf(error: unknown): string | undefined {
  for (
    let e: unknown = error, depth = 0;
    e !== null && typeof e === 'object' && depth < 8;
    depth++
  ) {
    const status = (e as { status?: { reason?: string } }).status;
    if (typeof status === 'object' && typeof status.reason === 'string') return status.reason;
    e = (e as { cause?: unknown }).cause;
  }
  return undefined;
}

export const isNotFound = (error: unknown): boolean => reasonOf(error) === 'NotFound';
export const isAlreadyExists = (error: unknown): boolean => reasonOf(error) === 'AlreadyExists';
export const isConflict = (error: unknown): boolean => reasonOf(error) === 'Conflict';
export const isInvalid = (error: unknown): boolean => reasonOf(error) === 'Invalid';
export const isForbidden = (error: unknown): boolean => reasonOf(error) === 'Forbidden';
export const isExpired = (error: unknown): boolean => {
  const reason = reasonOf(error);
  return reason === 'Expired' || reason === 'Gone';
};
