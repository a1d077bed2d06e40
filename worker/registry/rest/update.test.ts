import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { RESOURCES } from '../resource-table.ts';
import { beforeUpdate } from './update.ts';

const CONTEXT = { now: 0, user: { name: 'test', groups: [] } };

const workload = (kind: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '7', generation: 3 },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'a' } },
    template: {
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  },
  status: {},
});

/** The object as the API stores it: with its defaults. */
function stored(resource: string, kind: string): KubernetesObject {
  const object = workload(kind);
  RESOURCES.get(resource)!.strategy.setDefaults?.(object);
  return object;
}

describe('metadata.generation', () => {
  const annotate = (o: KubernetesObject) => (o.metadata.annotations = { a: 'b' });
  const label = (o: KubernetesObject) => (o.metadata.labels = { a: 'b' });
  const scale = (o: KubernetesObject) => ((o.spec as { replicas: number }).replicas = 2);

  it.each<[string, string, string, (object: KubernetesObject) => unknown, number]>([
    ['the spec of a Deployment', 'Deployment', '', scale, 4],
    ['annotations of a Deployment', 'Deployment', '', annotate, 4],
    ['annotations of a Deployment with its status', 'Deployment', 'status', annotate, 3],
    ['labels of a Deployment', 'Deployment', '', label, 3],
    ['annotations of a ReplicaSet', 'ReplicaSet', '', annotate, 3],
    ['the spec with the status', 'Deployment', 'status', scale, 3],
  ])('after a change of %s', (_what, kind, subresource, change, want) => {
    const resource = `${kind.toLowerCase()}s.apps`;
    const old = stored(resource, kind);
    const object = structuredClone(old);
    change(object);
    beforeUpdate(RESOURCES.get(resource)!, subresource, object, old, CONTEXT);
    expect(object.metadata.generation).toBe(want);
  });
});
