import { quoteText } from '../../../../apimachinery/field-error.ts';
import { RBAC_GROUP } from './policy-rule.ts';

/** A role that a binding names and that is not there, or that is of no known kind. */
export interface UnresolvedRole {
  readonly kind: string;
  readonly name: string;
}

const RESOURCES: Readonly<Record<string, string>> = { Role: 'roles', ClusterRole: 'clusterroles' };

/** The resource of a kind of role, undefined for anything else. */
export const roleResource = (kind: string): string | undefined =>
  Object.hasOwn(RESOURCES, kind) ? RESOURCES[kind] : undefined;

/**
 * In upstream's words, which has two: the authorizer reads its cache, whose messages are about a
 * `clusterrole`, the check for escalation reads the storage, whose messages are about `clusterroles`.
 */
export function describeUnresolved(
  { kind, name }: UnresolvedRole,
  number: 'singular' | 'plural',
): string {
  const resource = roleResource(kind);
  if (resource === undefined) return `unsupported role reference kind: ${quoteText(kind)}`;
  const word = number === 'singular' ? kind.toLowerCase() : resource;
  return `${word}.${RBAC_GROUP} ${quoteText(name)} not found`;
}
