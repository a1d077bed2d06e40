import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newBadRequest, newConflict, newNotFound } from '../../../../apimachinery/status-error.ts';
import type { PlainObject } from '../../../registry/apply/merge-type.ts';
import { resetFieldsOf } from '../../../registry/apply/reset-fields.ts';
import type { ResourceInfo } from '../../../registry/kind-table.ts';
import { cloneJSON } from '../../../registry/patch/patch-document.ts';
import { fieldManagerOf, scaleFieldManager, trackedScaleOf } from '../field-tracking.ts';
import type { ApplyRequest } from '../protocol.ts';
import { fromStored, requestedInfo, toStored, type StoreContext } from '../store-context.ts';
import { createObject } from './create.ts';
import type { WriteResult } from './subresource.ts';
import { updateObject } from './update.ts';

/**
 * Server-side apply: merges a configuration into the current object, or makes the object. Inside a
 * transaction.
 *
 * @throws StatusError as the field manager does, and NotFound for a subresource of nothing.
 */
export function applyObject(context: StoreContext, request: ApplyRequest): WriteResult {
  const view = requestedInfo(context, request);
  const old = context.commits.read({ resource: request.resource, name: request.name });
  if (old === null && request.subresource !== '') throw newNotFound(view, request.name);
  const isScale = request.subresource === 'scale';
  const manager = isScale ? scaleFieldManager() : fieldManagerOf(context, view);
  const { object } = manager.apply({
    live: liveOf(context, view, old, isScale),
    applied: JSON.parse(request.patch) as PlainObject,
    manager: request.fieldManager,
    force: request.force,
    subresource: request.subresource,
    now: context.now(),
    resetFields: resetFieldsOf(view.strategy, request.subresource),
  });
  // What did not change is shared with the live object, and what follows changes it in place.
  const own = cloneJSON(object);
  const merged = isScale ? own : toStored(view, own);
  if (old !== null) return updateObject(context, { ...request, isApplied: true }, merged);
  requireNew(view, request.name, merged);
  return createObject(context, { ...request, isApplied: true }, merged);
}

function liveOf(
  context: StoreContext,
  view: ResourceInfo,
  old: KubernetesObject | null,
  isScale: boolean,
): KubernetesObject | null {
  if (old === null) return null;
  return isScale ? trackedScaleOf(context, view, old) : fromStored(view, old);
}

/** What can be said only of an object that exists, or of another one, makes none. */
function requireNew(view: ResourceInfo, name: string, { metadata }: KubernetesObject): void {
  const { uid = '', resourceVersion = '' } = metadata;
  if (uid !== '') {
    throw newConflict(
      view,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  }
  if ((metadata.name ?? '') === '') {
    throw newBadRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (metadata.name !== name) {
    throw newBadRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (resourceVersion !== '') throw newNotFound(view, name);
}
