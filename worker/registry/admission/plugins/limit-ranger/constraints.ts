import type { Quantity } from '../../../../../apimachinery/quantity.ts';
import { ZERO } from '../../../quota/amounts.ts';
import type { Amounts } from '../../../resources/pod/aggregate-requests.ts';

/** What one container, pod or claim asks for. */
export interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Largest amount whose thousandths fit an int64: up to it amounts are compared in thousandths. */
const MAX_MILLI_VALUE = 9_223_372_036_854_775n;

/** Amounts in the same unit, the finest that none of them is too large for. */
function inOneUnit(...amounts: readonly (Quantity | undefined)[]): bigint[] {
  const values = amounts.map((amount) => (amount ?? ZERO).toValue());
  if (values.some((value) => value > MAX_MILLI_VALUE)) return values;
  return amounts.map((amount) => (amount ?? ZERO).toMilli());
}

/**
 * Why `asked` is less than the least that a `type` may have of a resource; null where it is not.
 * (plugin/pkg/admission/limitranger, as are the functions below.)
 */
export function belowMin(
  type: string,
  name: string,
  enforced: Quantity,
  { requests, limits }: Asked,
): string | null {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const [requested = 0n, limited = 0n, least = 0n] = inOneUnit(request, limit, enforced);
  const rule = `minimum ${name} usage per ${type} is ${enforced.toString()}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  if (requested < least) return `${rule}, but request is ${request.toString()}`;
  if (limit !== undefined && limited < least) return `${rule}, but limit is ${limit.toString()}`;
  return null;
}

/** As {@link belowMin}, for the most. What has no limit may come to have more. */
export function aboveMax(
  type: string,
  name: string,
  enforced: Quantity,
  { requests, limits }: Asked,
): string | null {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const [requested = 0n, limited = 0n, most = 0n] = inOneUnit(request, limit, enforced);
  const rule = `maximum ${name} usage per ${type} is ${enforced.toString()}`;
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (limited > most) return `${rule}, but limit is ${limit.toString()}`;
  if (requested > most) return `${rule}, but request is ${(request ?? ZERO).toString()}`;
  return null;
}

/** The most that may be requested of what has no limits. */
export function requestAboveMax(
  type: string,
  name: string,
  enforced: Quantity,
  { requests }: Asked,
): string | null {
  const request = requests.get(name);
  const [requested = 0n, most = 0n] = inOneUnit(request, enforced);
  const rule = `maximum ${name} usage per ${type} is ${enforced.toString()}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  return requested > most ? `${rule}, but request is ${request.toString()}` : null;
}

/** How many times its request a limit may be. */
export function aboveRatio(
  type: string,
  name: string,
  enforced: Quantity,
  { requests, limits }: Asked,
): string | null {
  const [requested = 0n, limited = 0n] = inOneUnit(requests.get(name), limits.get(name), enforced);
  const rule = `${name} max limit to request ratio per ${type} is ${enforced.toString()}`;
  if (requested === 0n) return `${rule}, but no request is specified or request is 0`;
  if (limited === 0n) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = Number(limited) / Number(requested);
  const isFine =
    enforced.toValue() > MAX_MILLI_VALUE
      ? ratio <= Number(enforced.toValue())
      : ratio * 1000 <= Number(enforced.toMilli());
  return isFine ? null : `${rule}, but provided ratio is ${ratio.toFixed(6)}`;
}
