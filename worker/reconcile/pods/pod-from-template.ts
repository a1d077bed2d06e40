import type { KubernetesObject, OwnerReference } from '../../../apimachinery/meta.ts';
import type { PodTemplateSpec } from '../kinds.ts';

/**
 * A factory of pods that follow a template. Each call returns an object that shares nothing with
 * the template or with other pods, because the registry defaults what it is given in place. The
 * store completes the name: `<generateName>` and a suffix.
 */
export function podFactory(
  template: PodTemplateSpec | undefined,
  generateName: string,
  owner: OwnerReference,
): () => KubernetesObject {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  // Parsing one text many times is several times cheaper than cloning a tree many times.
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName, labels, annotations, finalizers, ownerReferences: [owner] },
    spec: template?.spec ?? {},
  });
  return () => JSON.parse(text) as KubernetesObject;
}
