import { formatTime, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import { applyScale, scaleOf } from '../../../registry/scale.ts';
import { applyBinding } from '../../../registry/resources/pod/binding.ts';
import { takeScaleEntries, type TrackedWrite, trackScale } from '../field-tracking.ts';
import { resourceInfo, type StoreContext } from '../store-context.ts';

/** Subresources that take another kind than the resource's own. */
export const FOREIGN_FORMS: ReadonlySet<string> = new Set(['scale', 'binding']);

export interface Written {
  readonly text: string;
  readonly object: KubernetesObject;
  readonly warnings: string[];
}

export interface WriteResult {
  ok: true;
  object: string;
  warnings: string[];
  created: boolean;
}

/**
 * Subresources with a shape of their own (`scale`, `binding`) are views: what is sent is put into
 * a copy of the object, and what is answered is the view of what was written.
 */
export function withSubresource(
  context: StoreContext,
  request: TrackedWrite & { readonly subresource: string; readonly isApplied?: boolean },
  sent: KubernetesObject,
  old: KubernetesObject,
  write: (object: KubernetesObject) => Written,
): WriteResult {
  const info = resourceInfo(context, request.resource);
  if (request.subresource === 'scale') {
    const scale = request.isApplied === true ? sent : trackScale(context, request, sent, old);
    const scaled = applyScale(info, old, scale);
    if (request.fieldManager !== null) takeScaleEntries(context, request, scaled, scale, old);
    const { object, warnings } = write(scaled);
    return { ok: true, object: JSON.stringify(scaleOf(info, object)), warnings, created: false };
  }
  if (request.subresource === 'binding') {
    const { warnings } = write(applyBinding(info, old, sent, formatTime(context.now())));
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
    return { ok: true, object: JSON.stringify(status), warnings, created: true };
  }
  const { text, warnings } = write(sent);
  return { ok: true, object: text, warnings, created: false };
}
