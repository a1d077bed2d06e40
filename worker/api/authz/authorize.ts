import { newStatusError, type StatusError } from '../../../apimachinery/status-error.ts';
import { MASTERS_GROUP } from '../../../apimachinery/user-info.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo, ResourceRequest } from '../request-info.ts';

/** Paths that every authenticated user may read, as upstream's `system:discovery` role says. */
export const DISCOVERY_PATHS = ['api', 'apis', 'openapi', 'version', 'healthz', 'livez', 'readyz'];
const DISCOVERY = new RegExp(`^/(${DISCOVERY_PATHS.join('|')})(/|$)`);

/** Questions about oneself, which everybody may ask, as upstream's `system:basic-user` says. */
const OWN_REVIEWS = new Set([
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
]);

/**
 * Decides whether a user may do what a request asks for. Members of system:masters may do all;
 * everybody else may look around. Returns the refusal, null when it is allowed.
 */
export function authorize(user: User, info: RequestInfo): StatusError | null {
  if (user.groups.includes(MASTERS_GROUP)) return null;
  if (!info.isResourceRequest) {
    if (info.verb === 'get' && DISCOVERY.test(info.path)) return null;
    const message = `forbidden: User ${JSON.stringify(user.name)} cannot ${info.verb} path ${JSON.stringify(info.path)}`;
    return newStatusError('Forbidden', message, {});
  }
  const isOwnReview = OWN_REVIEWS.has(`${info.resource}.${info.apiGroup}`);
  return info.verb === 'create' && isOwnReview ? null : refusal(user, info);
}

function refusal(user: User, info: ResourceRequest): StatusError {
  const { apiGroup, resource, subresource, namespace, name, verb } = info;
  const qualified = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  const subject = name === '' ? qualified : `${qualified} ${JSON.stringify(name)}`;
  const target = subresource === '' ? resource : `${resource}/${subresource}`;
  const where =
    namespace === '' || resource === 'namespaces'
      ? 'at the cluster scope'
      : `in the namespace ${JSON.stringify(namespace)}`;
  return newStatusError(
    'Forbidden',
    `${subject} is forbidden: User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(target)} in API group ${JSON.stringify(apiGroup)} ${where}`,
    {
      ...(name === '' ? {} : { name }),
      ...(apiGroup === '' ? {} : { group: apiGroup }),
      kind: resource,
    },
  );
}
