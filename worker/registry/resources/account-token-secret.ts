import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** Secrets with a token of a ServiceAccount that does not end (core/v1 SecretTypeServiceAccountToken). */
export const ACCOUNT_TOKEN_TYPE = 'kubernetes.io/service-account-token';
export const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
export const ACCOUNT_UID = 'kubernetes.io/service-account.uid';
/** Who signs such tokens; those of TokenRequest have the issuer of the cluster. */
export const SECRET_TOKEN_ISSUER = 'kubernetes/serviceaccount';
/** Before the names of their claims: `…/namespace`, `…/secret.name`, `…/service-account.uid`. */
export const SECRET_TOKEN_CLAIM = 'kubernetes.io/serviceaccount/';

interface SecretFields extends KubernetesObject {
  data?: Record<string, string>;
}

/** The name of the account that a Secret is to have a token of; null for any other Secret. */
export function accountOfSecret(secret: KubernetesObject | null): string | null {
  if (secret?.['type'] !== ACCOUNT_TOKEN_TYPE) return null;
  return secret.metadata.annotations?.[ACCOUNT_NAME] ?? null;
}

export const dataOf = (secret: KubernetesObject): Readonly<Record<string, string>> =>
  (secret as SecretFields).data ?? {};

/** The token that a Secret has, in base64; '' for none. */
export const tokenInSecret = (secret: KubernetesObject): string => dataOf(secret)['token'] ?? '';
