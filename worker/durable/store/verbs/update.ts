import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newBadRequest, newNotFound } from '../../../../apimachinery/status-error.ts';
import { isRemovable } from '../../../registry/rest/delete.ts';
import { keepTimes } from '../../../registry/apply/keep-times.ts';
import type { AdmittedWrite } from '../admission.ts';
import { beforeUpdate } from '../../../registry/rest/update.ts';
import { type TrackedWrite, trackFields } from '../field-tracking.ts';
import type { UpdateRequest, WriteAnswer } from '../protocol.ts';
import {
  answer,
  requestContext,
  requestedInfo,
  toStored,
  type StoreContext,
  writtenInfo,
} from '../store-context.ts';
import { createObject } from './create.ts';
import { putObject } from './put-object.ts';
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

type Target = TrackedWrite &
  AdmittedWrite &
  Pick<UpdateRequest, 'name' | 'subresource'> & {
    /** The object comes from server-side apply, which has set its managedFields. */
    readonly isApplied?: boolean;
  };

/** The step itself; inside a transaction. An object that was only waiting for this write goes. */
export function updateObject(
  context: StoreContext,
  request: Target,
  sent: KubernetesObject,
): { ok: true; object: string; warnings: string[]; created: boolean } {
  const info = writtenInfo(context, request);
  const stored = context.commits.read({ resource: request.resource, name: request.name });
  const old = stored && (info.custom?.readStored(stored) ?? stored);
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
  return withSubresource(context, request, sent, old, (object, begin) => {
    // Upstream sets defaults whenever it decodes, whichever endpoint an object comes through.
    info.strategy.setDefaults?.(object);
    if (request.isApplied === true) object = keepTimes(object, old);
    else if (!FOREIGN_FORMS.has(request.subresource)) {
      trackFields(context, request, request.subresource, object, old);
    }
    const admission = begin(object);
    admission.admit();
    const { warnings: told, changed } = beforeUpdate(
      info,
      info.strategy.subresources?.[request.subresource] === undefined ? '' : request.subresource,
      object,
      old,
      requestContext(context, request.user),
    );
    admission.validate(object);
    const warnings = [...admission.warnings, ...told];
    if (isRemovable(info, object) && object.metadata.deletionTimestamp !== undefined) {
      if (changed) putObject(context, request, object, old);
      const last = changed ? object : old;
      return { text: context.commits.remove(request.resource, last), object: last, warnings };
    }
    if (!changed) return { text: JSON.stringify(old), object: old, warnings };
    return { text: putObject(context, request, object, old), object, warnings };
  });
}
