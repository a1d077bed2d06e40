import { forbidden, notSupported, type FieldError } from '../../apimachinery/field-error.ts';
import { parseRevision } from '../../apimachinery/revision.ts';
import { newBadRequest, newInvalid } from '../../apimachinery/status-error.ts';
import { decodeContinue, type ContinueToken } from './continue-token.ts';

/** metav1.ListOptions of a list, validated. */
export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** 0 for all. */
  readonly limit: number;
  readonly continue: ContinueToken | null;
  /** Read exactly this revision. */
  readonly exact?: number;
  /** Read the present, but not one before this revision. */
  readonly notBefore?: number;
}

/**
 * Reads and validates the query of a list (API concepts, "Semantics for get and list").
 *
 * @throws StatusError BadRequest or Invalid.
 */
export function parseListOptions(query: URLSearchParams): ListOptions {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const token = query.get('continue') ?? '';
  const errors = matchErrors(version, match, token);
  if (query.has('sendInitialEvents')) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  if (errors.length > 0) throw newInvalid('meta.k8s.io', 'ListOptions', '', errors);
  // A negative limit is none.
  const limit = Math.max(0, parseInteger(query.get('limit')));
  // A list has no end to wait for, but nonsense is told.
  parseInteger(query.get('timeoutSeconds'));
  const common = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit,
    continue: token === '' ? null : decodeContinue(token),
  };
  if (token !== '' && version !== '' && version !== '0') {
    throw newBadRequest('specifying resource version is not allowed when using continue');
  }
  const revision = version === '' ? 0 : parseRevision(version);
  if (revision === null) {
    throw newBadRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`,
    );
  }
  if (revision === 0) return common;
  const exact = match === 'Exact' || (match === '' && limit > 0);
  return exact ? { ...common, exact: revision } : { ...common, notBefore: revision };
}

function matchErrors(version: string, match: string, token: string): FieldError[] {
  const path = 'resourceVersionMatch';
  if (match === '') return [];
  const errors: FieldError[] = [];
  if (version === '') {
    errors.push(
      forbidden(path, 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
    );
  }
  if (token !== '') {
    errors.push(forbidden(path, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(notSupported(path, match, ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && version === '0') {
    errors.push(
      forbidden(path, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    );
  }
  return errors;
}

/** A number of a query; 0 where there is none. @throws StatusError BadRequest. */
function parseInteger(text: string | null): number {
  if (text === null || text === '') return 0;
  if (!/^-?[0-9]{1,15}$/.test(text)) {
    throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}
