import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { START } from '../testing/samples.ts';
import { controllerScale } from './controller-scale.ts';

const definition = (scale: object | undefined) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'fleets.example.com', uid: 'd' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'fleets', kind: 'Fleet' },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { scale } }],
  },
});
const paths = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' };

function worldWith(...entries: [resource: string, object: KubernetesObject][]): MemoryObjects {
  const objects = new MemoryObjects('shop', () => START);
  for (const [resource, object] of entries) {
    objects.put({ resource, name: object.metadata.name ?? '' }, object);
  }
  return objects;
}

const reference = (apiVersion: string, kind: string) => ({ apiVersion, kind, name: 'a', uid: 'u' });
const fleet = (size: unknown) => ({ metadata: { name: 'a', uid: 'u' }, spec: { size } });

describe('the scale of a custom controller', () => {
  const owner = reference('example.com/v1', 'Fleet');
  it.each([
    [paths, fleet(7), { uid: 'u', replicas: 7 }],
    [paths, fleet(undefined), { uid: 'u', replicas: 0 }],
    [paths, { metadata: { name: 'a', uid: 'other' } }, null],
    [undefined, fleet(7), 'fleets.example.com does not implement the scale subresource'],
  ])('by %j of %j is %j', (scale, object, want) => {
    const world = worldWith(
      ['customresourcedefinitions.apiextensions.k8s.io', definition(scale)],
      ['fleets.example.com', object],
    );
    expect(controllerScale(world, owner)).toEqual(want);
  });

  it('is unknown where the kind is', () => {
    expect(controllerScale(worldWith(), owner)).toBe(
      'no matches for kind "Fleet" in version "example.com/v1"',
    );
  });
});

describe('the scale of a built-in controller', () => {
  it.each([
    ['apps/v1', 'StatefulSet', 'statefulsets.apps', { uid: 'u', replicas: 3 }],
    ['v1', 'ReplicationController', 'replicationcontrollers', { uid: 'u', replicas: 3 }],
    [
      'apps/v1',
      'DaemonSet',
      'daemonsets.apps',
      'daemonsets.apps does not implement the scale subresource',
    ],
    ['v1', 'Node', 'nodes', 'nodes does not implement the scale subresource'],
  ])('of %s %s is its own', (apiVersion, kind, resource, want) => {
    const object = { metadata: { name: 'a', uid: 'u' }, spec: { replicas: 3 } };
    expect(controllerScale(worldWith([resource, object]), reference(apiVersion, kind))).toEqual(
      want,
    );
  });
});
