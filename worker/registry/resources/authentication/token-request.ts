import { invalid, type FieldError } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** Seconds. */
const DEFAULT_EXPIRATION = 3_600;
const MIN_EXPIRATION = 10 * 60;
const MAX_EXPIRATION = 2 ** 32;

/** authentication.k8s.io/v1 TokenRequest, as far as it is asked. */
export interface TokenRequestSpec {
  audiences?: string[];
  expirationSeconds?: number;
  boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string };
}

export const tokenRequestSpec = (object: KubernetesObject): TokenRequestSpec => object.spec ?? {};

/** In place. */
export function setTokenRequestDefaults(object: KubernetesObject): void {
  const spec = tokenRequestSpec(object);
  object.spec = { ...spec, expirationSeconds: spec.expirationSeconds ?? DEFAULT_EXPIRATION };
}

/**
 * In place: who names no audience means this API server. To be called behind admission, which must
 * see what was asked for: to a node, only what the pod says is allowed (TokenREST.Create).
 */
export function setDefaultAudience(object: KubernetesObject, audience: string): void {
  const spec = tokenRequestSpec(object);
  if ((spec.audiences ?? []).length === 0) object.spec = { ...spec, audiences: [audience] };
}

/** Upstream's rules (pkg/apis/authentication/validation). */
export function validateTokenRequest(object: KubernetesObject): FieldError[] {
  const { expirationSeconds = DEFAULT_EXPIRATION } = tokenRequestSpec(object);
  const path = 'spec.expirationSeconds';
  if (expirationSeconds < MIN_EXPIRATION) {
    return [invalid(path, expirationSeconds, 'may not specify a duration less than 10 minutes')];
  }
  return expirationSeconds > MAX_EXPIRATION
    ? [invalid(path, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')]
    : [];
}

interface Named {
  readonly name: string;
  readonly uid: string;
}

/** What a token says of its account and of the object that it is bound to (KEP-1205, KEP-4193). */
export interface AccountClaims {
  readonly namespace: string;
  readonly serviceaccount: Named;
  readonly pod?: Named;
  readonly secret?: Named;
  readonly node?: Named;
}

/** Where the claims of {@link AccountClaims} are in a token. */
export const ACCOUNT_CLAIMS = 'kubernetes.io';

export const namedOf = ({ metadata }: KubernetesObject): Named => ({
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
});
