import type { KubernetesObject } from '../../../apimachinery/meta.ts';
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
    },
  };
}
