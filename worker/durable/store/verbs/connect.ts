import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newNotFound } from '../../../../apimachinery/status-error.ts';
import { Admission } from '../admission.ts';
import type { ConnectAnswer, ConnectRequest } from '../protocol.ts';
import { answer, resourceInfo, type StoreContext } from '../store-context.ts';

/**
 * Lets a stream to an object (`exec`, `attach` …) through admission: operation CONNECT, with the
 * options of the stream for an object.
 */
export function connectVerb(context: StoreContext, request: ConnectRequest): ConnectAnswer {
  return answer(() => {
    const { resource, name, subresource } = request;
    const target = context.commits.read({ resource, name });
    if (target === null) throw newNotFound(resourceInfo(context, resource), name);
    const object = JSON.parse(request.object) as KubernetesObject;
    const admission = new Admission(context, request, {
      operation: 'CONNECT',
      subresource,
      name,
      object,
      oldObject: null,
    });
    admission.admit();
    admission.validate(object);
    return { ok: true, object: JSON.stringify(target), warnings: [...admission.warnings] };
  });
}
