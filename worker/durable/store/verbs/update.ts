import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newBadRequest, newNotFound } from '../../../../apimachinery/status-error.ts';
import { isRemovable } from '../../../registry/rest/delete.ts';
import { beforeUpdate } from '../../../registry/rest/update.ts';
import type { UpdateRequest, WriteAnswer } from '../protocol.ts';
import {
  answer,
  requestContext,
  requestedInfo,
  resourceInfo,
  toStored,
  type StoreContext,
} from '../store-context.ts';
import { createObject } from './create.ts';
import { FOREIGN_FORMS, withSubresource } from './subresource.ts';

export function updateVerb(context: StoreContext, request: UpdateRequest): WriteAnswer {
  return answer(() =>
    context.commits.transact(
      () => {
        const sent = JSON.parse(request.object) as KubernetesObject;
        const isOwnForm = FOREIGN_FORMS.has(request.subresource);
        const object = isOwnForm ? sent : toStored(requestedInfo(context, request), sent);
        return updateObject(context, request, object);
      },
      { dryRun: request.dryRun },
    ),
  );
}

type Target = Pick<UpdateRequest, 'resource' | 'name' | 'subresource' | 'userName'>;

/** The step itself; inside a transaction. An object that was only waiting for this write goes. */
export function updateObject(
  context: StoreContext,
  request: Target,
  sent: KubernetesObject,
): { ok: true; object: string; warnings: string[]; created: boolean } {
  const info = resourceInfo(context, request.resource);
  const old = context.commits.read({ resource: request.resource, name: request.name });
  if (old === null) {
    if (request.subresource === '' && info.strategy.allowCreateOnUpdate === true) {
      if ((sent.metadata.resourceVersion ?? '') !== '') throw newNotFound(info, request.name);
      return createObject(context, request, sent);
    }
    throw newNotFound(info, request.name);
  }
  if (request.subresource === '' && (sent.metadata.name ?? '') === '') {
    throw newBadRequest(
      `the name of the object (${request.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  const now = context.now();
  return withSubresource(info, request.subresource, sent, old, now, (object) => {
    const { warnings, changed } = beforeUpdate(
      info,
      info.strategy.subresources?.[request.subresource] === undefined ? '' : request.subresource,
      object,
      old,
      requestContext(context, request.userName),
    );
    if (isRemovable(info, object) && object.metadata.deletionTimestamp !== undefined) {
      if (changed) context.commits.put(request.resource, object, old);
      const last = changed ? object : old;
      return { text: context.commits.remove(request.resource, last), object: last, warnings };
    }
    if (!changed) return { text: JSON.stringify(old), object: old, warnings };
    return { text: context.commits.put(request.resource, object, old), object, warnings };
  });
}
