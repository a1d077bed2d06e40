import { formatTime, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import { applyScale, scaleOf } from '../../../registry/scale.ts';
import { applyBinding } from '../../../registry/resources/pod/binding.ts';
import { Admission, type AdmittedWrite } from '../admission.ts';
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

/** What of admission is left to do once the object to be stored is made. */
export interface AdmissionSteps {
  admit(): void;
  validate(object: KubernetesObject): void;
  readonly warnings: readonly string[];
}

/** The Scale or Binding was let through already, and is what is judged. */
const foreign = (admission: Admission, sent: KubernetesObject) => (): AdmissionSteps => ({
  admit: () => undefined,
  validate: () => admission.validate(sent),
  warnings: admission.warnings,
});

/**
 * Subresources with a shape of their own (`scale`, `binding`) are views: what is sent is put into
 * a copy of the object, and what is answered is the view of what was written.
 */
export function withSubresource(
  context: StoreContext,
  request: TrackedWrite &
    AdmittedWrite & {
      readonly name: string;
      readonly subresource: string;
      readonly isApplied?: boolean;
    },
  sent: KubernetesObject,
  old: KubernetesObject,
  write: (object: KubernetesObject, begin: (object: KubernetesObject) => AdmissionSteps) => Written,
): WriteResult {
  const info = resourceInfo(context, request.resource);
  const { subresource, name } = request;
  if (request.subresource === 'scale') {
    const scale = request.isApplied === true ? sent : trackScale(context, request, sent, old);
    const admission = new Admission(context, request, {
      operation: 'UPDATE',
      subresource,
      name,
      object: scale,
      oldObject: scaleOf(info, old),
    });
    admission.admit();
    const scaled = applyScale(info, old, scale);
    if (request.fieldManager !== null) takeScaleEntries(context, request, scaled, scale, old);
    const { object, warnings } = write(scaled, foreign(admission, scale));
    return { ok: true, object: JSON.stringify(scaleOf(info, object)), warnings, created: false };
  }
  if (request.subresource === 'binding') {
    const admission = new Admission(context, request, {
      operation: 'CREATE',
      subresource,
      name,
      object: sent,
      oldObject: null,
    });
    admission.admit();
    const bound = applyBinding(info, old, sent, formatTime(context.now()));
    const { warnings } = write(bound, foreign(admission, sent));
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
    return { ok: true, object: JSON.stringify(status), warnings, created: true };
  }
  const begin = (object: KubernetesObject) =>
    new Admission(context, request, {
      operation: 'UPDATE',
      subresource,
      name,
      object,
      oldObject: old,
    });
  const { text, warnings } = write(sent, begin);
  return { ok: true, object: text, warnings, created: false };
}
