import { parseFieldSelector } from '../../../apimachinery/field-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { newBadRequest } from '../../../apimachinery/status-error.ts';
import type { ResourceInfo } from '../kind-table.ts';

/** What label and field selectors may ask about an object. */
export function attributesOf(
  info: ResourceInfo,
  object: KubernetesObject,
): { labels: Record<string, string>; fields: Record<string, string> } {
  return {
    labels: object.metadata.labels ?? {},
    fields: {
      'metadata.name': object.metadata.name ?? '',
      ...(info.namespaced ? { 'metadata.namespace': object.metadata.namespace ?? '' } : {}),
      ...info.strategy.selectableFields?.(object),
      ...info.strategy.viewFields?.(object),
    },
  };
}

/**
 * Makes sure that a field selector asks only for fields that the resource can be selected by: any
 * other would match nothing, or everything, without a word.
 *
 * @throws StatusError BadRequest.
 */
export function requireSelectable(info: ResourceInfo, fieldSelector: string): void {
  if (fieldSelector === '') return;
  const blank = { apiVersion: '', kind: info.kind, metadata: {}, spec: {}, status: {} };
  const known = new Set([
    'metadata.name',
    'metadata.namespace',
    ...Object.keys(info.strategy.selectableFields?.(blank) ?? {}),
  ]);
  const unknown = fieldsOf(fieldSelector).find((field) => !known.has(field));
  if (unknown === undefined) return;
  throw newBadRequest(
    info.strategy.selectableFields === undefined
      ? `${JSON.stringify(unknown)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported: ${unknown}`,
  );
}

function fieldsOf(fieldSelector: string): string[] {
  try {
    return parseFieldSelector(fieldSelector).requirements.map(({ field }) => field);
  } catch (error) {
    throw newBadRequest(error instanceof Error ? error.message : String(error));
  }
}
