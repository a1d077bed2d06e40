import type { DesiredPod } from './pod.ts';

/** A token of the pod's ServiceAccount that a volume of the pod shows. */
export interface TokenNeed {
  /** '' for the API server. */
  readonly audience: string;
  readonly expirationSeconds: number;
}

/** A token that was issued for a need. */
export interface IssuedToken {
  readonly token: string;
  /** Its last moment, by the issuer's clock. Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** How long it was good for when it was issued. */
  readonly lifetimeSeconds: number;
}

/** The tokens that the node has for pods. */
export interface TokenSource {
  /** Throws an Error that says why there is none. */
  token(pod: DesiredPod, need: TokenNeed): string;
}

/** What the API server fills in where a pod does not say. */
const DEFAULT_EXPIRATION_SECONDS = 3600;
const DAY_MS = 24 * 60 * 60 * 1000;
/** So that the tokens of many pods are not all asked for at once. */
const MAX_JITTER_MS = 10_000;

type Projection = Partial<TokenNeed>;

export function tokenNeed({ audience, expirationSeconds }: Projection): TokenNeed {
  return {
    audience: audience ?? '',
    expirationSeconds: expirationSeconds ?? DEFAULT_EXPIRATION_SECONDS,
  };
}

/** Equal for needs that one token serves. */
export const tokenKey = ({ audience, expirationSeconds }: TokenNeed): string =>
  `${expirationSeconds}/${audience}`;

/** The tokens that the volumes of a pod show, each once. */
export function planTokens(pod: DesiredPod): TokenNeed[] {
  const needs = (pod.spec.volumes ?? []).flatMap(({ projected }) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }) =>
      serviceAccountToken === undefined ? [] : [tokenNeed(serviceAccountToken)],
    ),
  );
  return [...new Map(needs.map((need) => [tokenKey(need), need])).values()];
}

/**
 * When a token is to be replaced: after 80 % of its life, or a day, and up to ten seconds before
 * that (pkg/kubelet/token/token_manager.go, requiresRefresh).
 * @param random in [0, 1), one for the token's whole life.
 */
export function tokenRefreshAtMs(
  { expiresAtMs, lifetimeSeconds }: IssuedToken,
  random: number,
): number {
  const issuedAtMs = expiresAtMs - lifetimeSeconds * 1000;
  const lastFifthAtMs = expiresAtMs - Math.trunc(lifetimeSeconds / 5) * 1000;
  return Math.min(issuedAtMs + DAY_MS, lastFifthAtMs) - random * MAX_JITTER_MS;
}
