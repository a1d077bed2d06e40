import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import type { AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';
import { volumeClaimResize } from './volume-claim-resize.ts';

function admitted(
  plugin: AdmissionPlugin,
  resource: string,
  spec: object,
  context: AdmissionContext = contextOf(),
  metadata: object = {},
): unknown {
  const object: KubernetesObject = { metadata: { name: 'a', ...metadata }, spec };
  const attributes = request(resource, { object });
  if (plugin.handles(attributes)) plugin.admit?.(attributes, context);
  return object.spec;
}

describe('DefaultTolerationSeconds', () => {
  const toleration = (taint: string): object => ({
    key: `node.kubernetes.io/${taint}`,
    operator: 'Exists',
    effect: 'NoExecute',
  });
  const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 5 };

  it.each<[tolerations: object[], want: object[]]>([
    [[], [toleration('not-ready'), toleration('unreachable')]],
    [[own], [own, toleration('unreachable')]],
    [[{ operator: 'Exists' }], [{ operator: 'Exists' }]],
    [
      [{ operator: 'Exists', effect: 'NoSchedule' }],
      [
        { operator: 'Exists', effect: 'NoSchedule' },
        toleration('not-ready'),
        toleration('unreachable'),
      ],
    ],
  ])('makes of %j %j', (tolerations, want) => {
    expect(admitted(defaultTolerationSeconds, 'pods', { tolerations })).toEqual({
      tolerations: want,
    });
  });
});

it('TaintNodesByCondition keeps pods from a new node', () => {
  const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  expect(admitted(taintNodesByCondition, 'nodes', {})).toEqual({ taints: [taint] });
  expect(admitted(taintNodesByCondition, 'nodes', { taints: [taint] })).toEqual({
    taints: [taint],
  });
});

describe('the default class', () => {
  const annotated = (name: string, annotation: string, creationTimestamp: string): object => ({
    metadata: { name, creationTimestamp, annotations: { [annotation]: 'true' } },
  });
  const [OLD, NEW] = ['2025-01-01T00:00:00Z', '2025-06-01T00:00:00Z'];
  const STORAGE = 'storageclass.kubernetes.io/is-default-class';
  const storage = contextOf({
    'storageclasses.storage.k8s.io': [
      { metadata: { name: 'plain', creationTimestamp: NEW } },
      annotated('old', STORAGE, OLD),
      annotated('b', STORAGE, NEW),
      annotated('a', 'storageclass.beta.kubernetes.io/is-default-class', NEW),
    ],
  });
  const ingress = contextOf({
    'ingressclasses.networking.k8s.io': [
      annotated('nginx', 'ingressclass.kubernetes.io/is-default-class', OLD),
    ],
  });

  it('is that of claims that name none: the youngest, then the first', () => {
    const of = (spec: object, metadata?: object): unknown =>
      admitted(defaultStorageClass, 'persistentvolumeclaims', spec, storage, metadata);
    expect(of({})).toEqual({ storageClassName: 'a' });
    expect(of({ storageClassName: '' })).toEqual({ storageClassName: '' });
    const annotations = { 'volume.beta.kubernetes.io/storage-class': '' };
    expect(of({}, { annotations })).toEqual({});
    expect(admitted(defaultStorageClass, 'persistentvolumeclaims', {})).toEqual({});
  });

  it('is that of ingresses that name none', () => {
    const of = (spec: object, metadata?: object): unknown =>
      admitted(defaultIngressClass, 'ingresses.networking.k8s.io', spec, ingress, metadata);
    expect(of({})).toEqual({ ingressClassName: 'nginx' });
    expect(of({ ingressClassName: 'x' })).toEqual({ ingressClassName: 'x' });
    expect(of({}, { annotations: { 'kubernetes.io/ingress.class': 'x' } })).toEqual({});
  });
});

describe('PersistentVolumeClaimResize', () => {
  const claim = (storage: string, storageClassName = 'grows', phase = 'Bound') => ({
    metadata: { name: 'data' },
    spec: { storageClassName, resources: { requests: { storage } } },
    status: { phase },
  });
  const context = contextOf({
    'storageclasses.storage.k8s.io': [
      { metadata: { name: 'grows' }, allowVolumeExpansion: true },
      { metadata: { name: 'stays' } },
    ],
  });
  const refusal = (object: KubernetesObject, oldObject: KubernetesObject) => {
    const given = { operation: 'UPDATE', object, oldObject } as const;
    return refusalOf(volumeClaimResize, request('persistentvolumeclaims', given), context);
  };
  const NO =
    'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';

  it('lets a claim grow where its class does', () => {
    expect(refusal(claim('2Gi'), claim('1Gi'))).toBeNull();
    expect(refusal(claim('2Gi', 'stays'), claim('1Gi', 'stays'))).toBe(NO);
    expect(refusal(claim('2Gi', ''), claim('1Gi', ''))).toBe(NO);
    expect(refusal(claim('1Gi', 'stays'), claim('2Gi', 'stays'))).toBeNull();
    expect(refusal(claim('2Gi'), claim('1Gi', 'grows', 'Pending'))).toMatch(
      /Only bound persistent volume claims can be expanded$/,
    );
  });
});

describe('PodTopologyLabels', () => {
  const node = { metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z', a: 'b' } } };
  const context = contextOf(
    {},
    { inquiries: { ask: (asked) => asked.map(() => [node]) as never } },
  );

  it.each<[subresource: string, object: object, want: object | undefined]>([
    ['', { spec: { nodeName: 'n1' } }, { x: 'y', 'topology.kubernetes.io/zone': 'z' }],
    ['', { spec: {} }, { x: 'y' }],
    [
      'binding',
      { target: { kind: 'Node', name: 'n1' } },
      { x: 'y', 'topology.kubernetes.io/zone': 'z' },
    ],
    ['binding', { target: { name: 'n1' } }, { x: 'y' }],
  ])('%s %j gets the labels %j', (subresource, more, want) => {
    const object: KubernetesObject = { metadata: { name: 'a', labels: { x: 'y' } }, ...more };
    podTopologyLabels.admit?.(request('pods', { object, subresource }), context);
    expect(object.metadata.labels).toEqual(want);
  });
});

it('NamespaceLifecycle lets no parts of objects be created where a namespace goes away', () => {
  const eviction = request('pods', {
    object: { metadata: { name: 'a' } },
    subresource: 'eviction',
  });
  const namespace = (metadata: object) =>
    contextOf({ namespaces: [{ metadata: { name: 'shop', ...metadata } }] });
  expect(refusalOf(namespaceLifecycle, eviction, namespace({}))).toBeNull();
  const leaving = namespace({ deletionTimestamp: '2026-01-01T00:00:00Z' });
  expect(refusalOf(namespaceLifecycle, eviction, leaving)).toBe(
    'pods "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
  );
  expect(refusalOf(namespaceLifecycle, eviction)).toBe('namespaces "shop" not found');
});
