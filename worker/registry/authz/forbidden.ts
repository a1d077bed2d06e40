import { newStatusError, type StatusError } from '../../../apimachinery/status-error.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { AccessAttributes, ResourceAccess } from './authorizer.ts';

/** The refusal of a request, as upstream words it. `reason` is that of the authorizers, if any. */
export function newAccessForbidden(
  request: { readonly user: UserInfo; readonly attributes: AccessAttributes },
  reason: string,
): StatusError {
  const { user, attributes } = request;
  const why = reason === '' ? '' : `: ${reason}`;
  if (attributes.isResourceRequest) return resourceForbidden(user, attributes, why);
  const message = `forbidden: User ${JSON.stringify(user.name)} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}${why}`;
  return newStatusError('Forbidden', message, {});
}

function resourceForbidden(user: UserInfo, access: ResourceAccess, why: string): StatusError {
  const { apiGroup, resource, subresource, namespace, name, verb } = access;
  const qualified = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  const subject = name === '' ? qualified : `${qualified} ${JSON.stringify(name)}`;
  const target = subresource === '' ? resource : `${resource}/${subresource}`;
  const where =
    namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return newStatusError(
    'Forbidden',
    `${subject} is forbidden: User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(target)} in API group ${JSON.stringify(apiGroup)} ${where}${why}`,
    {
      ...(name === '' ? {} : { name }),
      ...(apiGroup === '' ? {} : { group: apiGroup }),
      kind: resource,
    },
  );
}
