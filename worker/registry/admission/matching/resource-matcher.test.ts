import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { MatchResources } from '../../resources/admission/match-resources.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { configMap, newAttributes, resourceInfo } from '../testing/fake-attributes.ts';
import { FakeContext } from '../testing/fake-context.ts';
import { ResourceMatcher } from './resource-matcher.ts';

const rule = (resource: string, extra: object = {}) => ({
  operations: ['*'],
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: [resource],
  ...extra,
});

function match(
  resources: MatchResources,
  attributes: AdmissionAttributes,
  context = new FakeContext(),
): string {
  const found = new ResourceMatcher(resources, { isOpen: true }).match(attributes, context);
  if (found === null) return 'no';
  if (found.error !== undefined) return found.error.message;
  const { group, version, kind } = found.view.kind;
  return [group, version, kind].join('/');
}

const MAPS = resourceInfo('configmaps');
const namespace = (labels: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'default', labels },
});

describe('ResourceMatcher', () => {
  it('matches by rules, and everything without rules', () => {
    const attributes = newAttributes(MAPS, configMap());
    expect(match({ resourceRules: [rule('configmaps')] }, attributes)).toBe('/v1/ConfigMap');
    expect(match({ resourceRules: [rule('secrets')] }, attributes)).toBe('no');
    expect(match({}, attributes)).toBe('/v1/ConfigMap');
  });

  it('matches the names of objects, and not one that is to be generated', () => {
    const resources = { resourceRules: [rule('configmaps', { resourceNames: ['a', 'b'] })] };
    expect(match(resources, newAttributes(MAPS, configMap()))).toBe('/v1/ConfigMap');
    expect(match(resources, newAttributes(MAPS, configMap({}, { name: 'c' })))).toBe('no');
    expect(match(resources, newAttributes(MAPS, configMap(), { name: '' }))).toBe('no');
  });

  it('leaves out what is excluded', () => {
    const resources = {
      resourceRules: [rule('*')],
      excludeResourceRules: [rule('configmaps', { resourceNames: ['a'] })],
    };
    expect(match(resources, newAttributes(MAPS, configMap()))).toBe('no');
    expect(match(resources, newAttributes(MAPS, configMap({}, { name: 'b' })))).toBe(
      '/v1/ConfigMap',
    );
  });

  it('finds other versions of a resource only where the policy is Equivalent', () => {
    const info = resourceInfo('horizontalpodautoscalers.autoscaling');
    const attributes = newAttributes(info, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'a', namespace: 'default' },
    });
    const resourceRules = [
      rule('horizontalpodautoscalers', { apiGroups: ['autoscaling'], apiVersions: ['v1'] }),
    ];
    expect(match({ resourceRules, matchPolicy: 'Exact' }, attributes)).toBe('no');
    expect(match({ resourceRules, matchPolicy: 'Equivalent' }, attributes)).toBe(
      'autoscaling/v1/HorizontalPodAutoscaler',
    );
  });

  it('finds a resource in another group, and excludes it there as well', () => {
    const info = resourceInfo('events');
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'a', namespace: 'default' },
    };
    const resourceRules = [rule('events', { apiGroups: ['events.k8s.io'] })];
    const attributes = newAttributes(info, event);
    expect(match({ resourceRules, matchPolicy: 'Equivalent' }, attributes)).toBe(
      'events.k8s.io/v1/Event',
    );
    const excluded = { resourceRules: [rule('*')], excludeResourceRules: resourceRules };
    expect(match({ ...excluded, matchPolicy: 'Equivalent' }, attributes)).toBe('no');
    expect(match({ ...excluded, matchPolicy: 'Exact' }, attributes)).toBe('/v1/Event');
  });

  it('prefers the version that was requested to an earlier rule about another', () => {
    const info = resourceInfo('horizontalpodautoscalers.autoscaling');
    const attributes = newAttributes(info, null, { name: 'a', operation: 'DELETE' });
    const at = (version: string) => rule('horizontalpodautoscalers', { apiVersions: [version] });
    expect(
      match({ resourceRules: [at('v1'), at('v2')], matchPolicy: 'Equivalent' }, attributes),
    ).toBe('autoscaling/v2/HorizontalPodAutoscaler');
  });

  it('finds versions of custom resources that rules name', () => {
    const v1 = {
      ...MAPS,
      group: 'example.com',
      version: 'v1',
      kind: 'Widget',
      resource: 'widgets',
      storage: 'widgets.example.com',
      subresources: [],
      custom: { definition: { uid: 'u', generation: 1 }, decode: never, readStored: never },
    };
    const v2 = { ...v1, version: 'v2', conversion: { fromStored: never, toStored: never } };
    const context = new FakeContext({ custom: [v1, v2] });
    const attributes = newAttributes(v1, { metadata: { name: 'a' } });
    const resourceRules = [rule('widgets', { apiVersions: ['v3', 'v2'] })];
    expect(match({ resourceRules, matchPolicy: 'Equivalent' }, attributes, context)).toBe(
      'example.com/v2/Widget',
    );
    expect(match({ resourceRules }, attributes, context)).toBe('no');
    const status = { ...attributes, subresource: 'status' };
    expect(match({ resourceRules, matchPolicy: 'Equivalent' }, status, context)).toBe('no');
  });

  it('gives the kind of a subresource', () => {
    const info = resourceInfo('deployments.apps');
    const attributes = newAttributes(info, null, { subresource: 'scale', operation: 'UPDATE' });
    expect(match({ resourceRules: [rule('*/scale')] }, attributes)).toBe('autoscaling/v1/Scale');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: {} };
    const evict = newAttributes(resourceInfo('pods'), eviction, { subresource: 'eviction' });
    expect(match({ resourceRules: [rule('pods/eviction')] }, evict)).toBe('policy/v1/Eviction');
  });

  describe('with a namespaceSelector', () => {
    const resources = {
      resourceRules: [rule('*')],
      namespaceSelector: { matchLabels: { env: 'prod' } },
    };

    it('looks at the labels of the namespace that the request is in', () => {
      const attributes = newAttributes(MAPS, configMap());
      const prod = new FakeContext({ namespaceObject: namespace({ env: 'prod' }) });
      expect(match(resources, attributes, prod)).toBe('/v1/ConfigMap');
      expect(match(resources, attributes)).toBe('no');
    });

    it('selects whatever is in no namespace', () => {
      const role = { metadata: { name: 'a' } };
      const attributes = newAttributes(
        resourceInfo('clusterroles.rbac.authorization.k8s.io'),
        role,
      );
      expect(match(resources, attributes)).toContain('ClusterRole');
    });

    it('looks at a Namespace itself, and at its old state where it is deleted', () => {
      const info = resourceInfo('namespaces');
      const [prod, test] = [namespace({ env: 'prod' }), namespace({ env: 'test' })];
      const at = { namespace: 'default' };
      expect(match(resources, newAttributes(info, prod, at))).toBe('/v1/Namespace');
      const update = { ...at, operation: 'UPDATE', oldObject: prod } as const;
      expect(match(resources, newAttributes(info, test, update))).toBe('no');
      const status = { ...update, subresource: 'status' };
      expect(
        match({ ...resources, resourceRules: [rule('*/*')] }, newAttributes(info, test, status)),
      ).toBe('/v1/Namespace');
      const deletion = { ...at, operation: 'DELETE', oldObject: prod } as const;
      expect(match(resources, newAttributes(info, null, deletion))).toBe('/v1/Namespace');
    });

    it('tells that the namespace is missing, if the rest matches', () => {
      const context = new FakeContext({ namespaceObject: null });
      const attributes = newAttributes(MAPS, configMap());
      expect(match(resources, attributes, context)).toBe('namespaces "default" not found');
      expect(match({ ...resources, resourceRules: [rule('pods')] }, attributes, context)).toBe(
        'no',
      );
      const other = { ...resources, objectSelector: { matchLabels: { a: 'b' } } };
      expect(match(other, attributes, context)).toBe('no');
    });
  });

  describe('with an objectSelector', () => {
    const resources = { resourceRules: [rule('*/*')], objectSelector: { matchLabels: { a: 'b' } } };

    it('looks at both states of the object', () => {
      const [with_, without] = [configMap({}, { labels: { a: 'b' } }), configMap()];
      expect(match(resources, newAttributes(MAPS, with_))).toBe('/v1/ConfigMap');
      expect(match(resources, newAttributes(MAPS, without))).toBe('no');
      const update = { operation: 'UPDATE', oldObject: with_ } as const;
      expect(match(resources, newAttributes(MAPS, without, update))).toBe('/v1/ConfigMap');
    });

    it('never selects what has no metadata', () => {
      const options = { apiVersion: 'v1', kind: 'PodExecOptions', metadata: {} };
      const attributes = newAttributes(resourceInfo('pods'), options, {
        operation: 'CONNECT',
        subresource: 'exec',
      });
      const selector = { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] };
      expect(match({ ...resources, objectSelector: selector }, attributes)).toBe('no');
      expect(match({ ...resources, objectSelector: {} }, attributes)).toBe('/v1/PodExecOptions');
    });

    it('tells that a selector cannot be read', () => {
      const objectSelector = { matchExpressions: [{ key: 'x', operator: 'Like' }] };
      expect(match({ ...resources, objectSelector }, newAttributes(MAPS, configMap()))).toBe(
        'Internal error occurred: "Like" is not a valid label selector operator',
      );
    });
  });
});

function never(): never {
  throw new Error('not called');
}
