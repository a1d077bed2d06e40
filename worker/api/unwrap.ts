import { StatusError, type Status } from '../../apimachinery/status-error.ts';

/** The bad outcome. */
interface Refused {
  readonly status: Status;
  readonly warnings?: readonly string[];
}

/**
 * The good outcome of a call to a store. (Structural, because RPC adds to the declared types.)
 *
 * @throws StatusError the bad one.
 */
export function unwrap<A extends { readonly ok: boolean }>(
  answer: A,
): Extract<A, { readonly ok: true }> {
  if (answer.ok) return answer as Extract<A, { readonly ok: true }>;
  // RPC makes the two outcomes types of its own, so that `ok` does not tell the compiler which it is.
  const { status, warnings = [] }: Refused = answer as A & Refused;
  const error = new StatusError(status);
  error.warnings.push(...warnings);
  throw error;
}
