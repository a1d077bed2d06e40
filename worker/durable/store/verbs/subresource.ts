import { formatTime, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { ResourceInfo } from '../../../registry/kind-table.ts';
import { applyScale, scaleOf } from '../../../registry/scale.ts';
import { applyBinding } from '../../../registry/resources/pod/binding.ts';

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
  info: ResourceInfo,
  subresource: string,
  sent: KubernetesObject,
  old: KubernetesObject,
  now: number,
  write: (object: KubernetesObject) => Written,
): WriteResult {
  if (subresource === 'scale') {
    const { object, warnings } = write(applyScale(info, old, sent));
    return { ok: true, object: JSON.stringify(scaleOf(info, object)), warnings, created: false };
  }
  if (subresource === 'binding') {
    const { warnings } = write(applyBinding(info, old, sent, formatTime(now)));
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
    return { ok: true, object: JSON.stringify(status), warnings, created: true };
  }
  const { text, warnings } = write(sent);
  return { ok: true, object: text, warnings, created: false };
}
