import { unwrap } from '../unwrap.ts';
import { addressOf, storeOf, type ApiContext } from '../api-context.ts';

/**
 * The object that a stream goes to as JSON text, once its store has let the stream through: who may,
 * and admission of the stream's options. @throws StatusError.
 *
 * @param name of the object; a proxy's path has more than that in the place of it.
 */
export async function connectTo(
  context: ApiContext,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { env, info, user, subresource } = context;
  const address = addressOf(context);
  const object = { kind: subresource?.kind ?? '', apiVersion: 'v1', ...options };
  const answer = await storeOf(env, address.scope).openStream({
    ...address,
    name,
    subresource: info.subresource,
    user,
    dryRun: false,
    object: JSON.stringify(object),
  });
  return unwrap(answer).object;
}
