import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { groupResource } from '../../../apimachinery/object-key.ts';
import { scaleOf } from '../../registry/scale.ts';
import { scopeOf, storeOf, type ApiContext } from '../api-context.ts';
import { objectResponse } from '../object-response.ts';
import { unwrap } from '../unwrap.ts';

/** The stored text of the object that a request names. @throws StatusError NotFound. */
export async function readObject(context: ApiContext): Promise<string> {
  const scope = scopeOf(context);
  const { resource, info } = context;
  const answer = await storeOf(context.env, scope).get({
    scope,
    resource: groupResource(resource.group, resource.resource),
    name: info.name,
  });
  return unwrap(answer).object;
}

/** GET of one object, or of its `status` or `scale`. */
export async function getHandler(context: ApiContext): Promise<Response> {
  const text = await readObject(context);
  if (context.info.subresource !== 'scale') return objectResponse(context, text, 200);
  const scale = scaleOf(JSON.parse(text) as KubernetesObject);
  return objectResponse(context, JSON.stringify(scale), 200);
}
