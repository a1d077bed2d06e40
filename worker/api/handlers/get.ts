import { converting } from '../converting.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { scaleOf } from '../../registry/scale.ts';
import { addressOf, storeOf, type ApiContext } from '../api-context.ts';
import { objectResponse } from '../object-response.ts';
import { unwrap } from '../unwrap.ts';

/** The stored text of the object that a request names. @throws StatusError NotFound. */
export async function readObject(context: ApiContext): Promise<string> {
  const address = addressOf(context);
  const { name } = context.info;
  const answer = await storeOf(context.env, address.scope).get({ ...address, name });
  return unwrap(answer).object;
}

/** GET of one object, or of its `status` or `scale`. */
export async function getHandler(context: ApiContext): Promise<Response> {
  const text = await readObject(context);
  if (context.info.subresource !== 'scale') return objectResponse(context, text, 200);
  const { resource } = context;
  const stored = JSON.parse(text) as KubernetesObject;
  const object = await converting(
    context.env,
    () => resource.conversion?.fromStored(stored) ?? stored,
  );
  resource.scale?.requireReplicas?.(object);
  const scale = scaleOf(resource, object);
  return objectResponse(context, JSON.stringify(scale), 200);
}
