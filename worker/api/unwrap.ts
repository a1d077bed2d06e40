import { StatusError, type Status } from '../../apimachinery/status-error.ts';

/**
 * The good outcome of a call to a store. (Structural, because RPC adds to the declared types.)
 *
 * @throws StatusError the bad one.
 */
export function unwrap<A extends { readonly ok: boolean }>(
  answer: A,
): Extract<A, { readonly ok: true }> {
  if (answer.ok) return answer as Extract<A, { readonly ok: true }>;
  const { status, warnings = [] } = answer as unknown as {
    readonly status: Status;
    readonly warnings?: readonly string[];
  };
  const error = new StatusError(status);
  error.warnings.push(...warnings);
  throw error;
}
