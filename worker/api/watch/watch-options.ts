import { forbidden, invalid, type FieldError } from '../../../apimachinery/field-error.ts';
import { parseRevision } from '../../../apimachinery/revision.ts';
import { newBadRequest, newInvalid } from '../../../apimachinery/status-error.ts';
import { isTrue } from '../request-info.ts';

/** metav1.ListOptions of a watch, validated. */
export interface WatchOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Deliver what comes after it, or after the request; null: begin with what is there. */
  readonly after: number | 'now' | null;
  readonly bookmarks: boolean;
  /** Mark the end of the initial objects with a bookmark (KEP-3157). */
  readonly sendInitialEvents: boolean;
  readonly timeoutMs: number;
}

/** Upstream's `--min-request-timeout`: watches without a wish end after it, or up to twice it. */
const MIN_TIMEOUT_MS = 30 * 60_000;
/** Longer wishes are cut: an hour and a half keeps clients from holding a watch for ever. */
const MAX_TIMEOUT_MS = 90 * 60_000;

/** @param random in [0, 1), spreads the ends of watches. @throws StatusError. */
export function parseWatchOptions(query: URLSearchParams, random: number): WatchOptions {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const initial = query.get('sendInitialEvents');
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const errors = initialEventsErrors(initial, match, bookmarks);
  if (errors.length > 0) throw newInvalid('meta.k8s.io', 'ListOptions', '', errors);
  const revision = version === '' ? 0 : parseRevision(version);
  if (revision === null)
    throw newBadRequest(`Invalid value: ${JSON.stringify(version)}: invalid resource version`);
  const wantsState = initial === null ? revision === 0 : isTrue(initial);
  return {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    after: wantsState ? null : revision || 'now',
    bookmarks,
    sendInitialEvents: initial !== null && isTrue(initial),
    timeoutMs: parseTimeout(query.get('timeoutSeconds'), random),
  };
}

function initialEventsErrors(
  initial: string | null,
  match: string,
  bookmarks: boolean,
): FieldError[] {
  if (initial === null) {
    return match === ''
      ? []
      : [
          forbidden(
            'resourceVersionMatch',
            'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
          ),
        ];
  }
  const errors: FieldError[] = [];
  if (match !== 'NotOlderThan') {
    errors.push(
      forbidden(
        'resourceVersionMatch',
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    );
  }
  if (isTrue(initial) && !bookmarks) {
    errors.push(
      invalid('allowWatchBookmarks', false, 'sendInitialEvents requires allowWatchBookmarks'),
    );
  }
  return errors;
}

function parseTimeout(text: string | null, random: number): number {
  const seconds = Number(text ?? 0);
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  if (seconds > 0) return Math.min(seconds * 1000, MAX_TIMEOUT_MS);
  return MIN_TIMEOUT_MS * (1 + random);
}
