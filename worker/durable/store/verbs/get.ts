import { newNotFound } from '../../../../apimachinery/status-error.ts';
import type { Answer, ReadRequest } from '../protocol.ts';
import { answer, resourceInfo, type StoreContext } from '../store-context.ts';

export function getVerb(context: StoreContext, request: ReadRequest): Answer<{ object: string }> {
  return answer(() => {
    const stored = context.store.get({ resource: request.resource, name: request.name });
    if (stored === null) throw newNotFound(resourceInfo(context, request.resource), request.name);
    return { ok: true, object: stored.value };
  });
}
