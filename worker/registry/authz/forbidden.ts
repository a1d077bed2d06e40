import { quoteText } from '../../../apimachinery/field-error.ts';
import {
  newForbidden,
  newStatusError,
  type StatusError,
} from '../../../apimachinery/status-error.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { AccessAttributes } from './authorizer.ts';

const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * The answer to who may not do what he asked for (k8s.io/apiserver responsewriters
 * ForbiddenStatusError). The reason is the authorizers', '' when they have none.
 */
export function newAccessForbidden(
  user: UserInfo,
  access: AccessAttributes,
  reason: string,
): StatusError {
  const refusal = describeRefusal(user, access).replace(/[&<>]/g, (c) => MARKUP[c] ?? c);
  const why = reason === '' ? refusal : `${refusal}: ${reason}`;
  if (!access.isResourceRequest) return newStatusError('Forbidden', `forbidden: ${why}`, {});
  return newForbidden({ group: access.apiGroup, resource: access.resource }, access.name, why);
}

function describeRefusal(user: UserInfo, access: AccessAttributes): string {
  const who = `User ${quoteText(user.name)} cannot ${access.verb}`;
  if (!access.isResourceRequest) return `${who} path ${quoteText(access.path)}`;
  const { apiGroup, resource, subresource, namespace } = access;
  const target = quoteText(subresource === '' ? resource : `${resource}/${subresource}`);
  const where =
    namespace === '' ? 'at the cluster scope' : `in the namespace ${quoteText(namespace)}`;
  return `${who} resource ${target} in API group ${quoteText(apiGroup)} ${where}`;
}
