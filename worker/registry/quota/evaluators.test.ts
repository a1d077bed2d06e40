import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { NOW } from '../../../test/plugin-harness.ts';
import { withValue } from '../../../test/strategy-harness.ts';
import { evaluatorOf, resourceCountedBy } from './evaluators.ts';
import { inAllScopes } from './quota-evaluator.ts';

const usage = (resource: string, object: object): Record<string, string> =>
  Object.fromEntries(
    [...evaluatorOf(resource)!.usage({ metadata: { name: 'a' }, ...object }, NOW)].map(
      ([name, amount]) => [name, amount.toString()],
    ),
  );

const container = (requests: object, limits: object = {}, more: object = {}): object => ({
  name: 'c',
  resources: { requests, limits },
  ...more,
});

describe('what a pod uses', () => {
  const SPEC = {
    containers: [container({ cpu: '1', memory: '1Gi' }, { cpu: '2' }), container({ cpu: '500m' })],
  };
  const used = (spec: object, more: object = {}) => usage('pods', { spec, ...more });

  it('is what its containers request and are limited to', () => {
    expect(used(SPEC)).toEqual({
      'count/pods': '1',
      pods: '1',
      cpu: '1500m',
      'requests.cpu': '1500m',
      'limits.cpu': '2',
      memory: '1Gi',
      'requests.memory': '1Gi',
    });
  });

  it('is what the init container takes that takes most, beside the sidecars before it', () => {
    const initContainers = [
      container({ cpu: '200m' }, {}, { restartPolicy: 'Always' }),
      container({ cpu: '3' }),
    ];
    expect(used({ ...SPEC, initContainers })).toMatchObject({ cpu: '3200m', memory: '1Gi' });
  });

  it('is what the pod says of itself, and its overhead', () => {
    const spec = { ...SPEC, resources: { requests: { cpu: '2' }, limits: { cpu: '4' } } };
    expect(used({ ...spec, overhead: { cpu: '250m', memory: '64Mi' } })).toMatchObject({
      cpu: '2250m',
      'limits.cpu': '4250m',
      memory: '1088Mi',
    });
    expect(used({ ...spec, overhead: { memory: '64Mi' } })).not.toHaveProperty('limits.memory');
  });

  it('has names of its own for devices and huge pages', () => {
    const devices = { 'nvidia.com/gpu': '2', 'hugepages-2Mi': '4Mi' };
    expect(used({ containers: [container(devices, devices)] })).toEqual({
      'count/pods': '1',
      pods: '1',
      'requests.nvidia.com/gpu': '2',
      'hugepages-2Mi': '4Mi',
      'requests.hugepages-2Mi': '4Mi',
    });
  });

  it.each<[what: string, more: object]>([
    ['succeeded', { status: { phase: 'Succeeded' } }],
    ['failed', { status: { phase: 'Failed' } }],
    [
      'should have been gone',
      {
        metadata: { deletionTimestamp: '2025-12-31T23:59:29Z', deletionGracePeriodSeconds: 30 },
      },
    ],
  ])('is only its being there when it %s', (_what, more) => {
    expect(used(SPEC, more)).toEqual({ 'count/pods': '1' });
  });

  it('is what it had before it is resized, until the node has given that up', () => {
    const containerStatuses = [
      { name: 'c', allocatedResources: { cpu: '3' }, resources: { requests: { cpu: '4' } } },
    ];
    const spec = { containers: [container({ cpu: '1' })] };
    expect(used(spec, { status: { containerStatuses } })).toMatchObject({ cpu: '4' });
    const conditions = [{ type: 'PodResizePending', reason: 'Infeasible' }];
    const more = { containers: [container({ cpu: '9' })] };
    expect(used(more, { status: { containerStatuses } })).toMatchObject({ cpu: '9' });
    expect(used(more, { status: { containerStatuses, conditions } })).toMatchObject({ cpu: '4' });
  });

  it('has to be said where cpu or memory is limited', () => {
    const evaluator = evaluatorOf('pods')!;
    const pod = (spec: object): KubernetesObject => ({ metadata: {}, spec });
    const missing = (spec: object) =>
      evaluator.missing?.(['limits.cpu', 'memory', 'pods', 'requests.nvidia.com/gpu'], pod(spec));
    expect(missing(SPEC)).toBe('must specify limits.cpu for: c; memory for: c');
    const init = container({ memory: '1Mi' }, {}, { name: 'init' });
    expect(missing({ containers: [container({ memory: '1Mi' })], initContainers: [init] })).toBe(
      'must specify limits.cpu for: c,init',
    );
    expect(missing(withValue(SPEC, 'resources.requests.memory', '1Gi'))).toBeNull();
    expect(evaluator.missing?.(['pods'], pod(SPEC))).toBeNull();
  });
});

describe('what a service uses', () => {
  const ports = [{ port: 80, nodePort: 30_080 }, { port: 81 }];

  it.each<[spec: object, nodePorts: string, loadBalancers: string]>([
    [{ type: 'ClusterIP', ports }, '0', '0'],
    [{ type: 'NodePort', ports }, '2', '0'],
    [{ type: 'LoadBalancer', ports }, '2', '1'],
    [{ type: 'LoadBalancer', ports, allocateLoadBalancerNodePorts: false }, '1', '1'],
  ])('%j', (spec, nodePorts, loadBalancers) => {
    expect(usage('services', { spec })).toEqual({
      services: '1',
      'count/services': '1',
      'services.nodeports': nodePorts,
      'services.loadbalancers': loadBalancers,
    });
  });
});

it('a claim of a volume uses storage of its class, in whole bytes', () => {
  const spec = { storageClassName: 'gold', resources: { requests: { storage: '1500m' } } };
  expect(usage('persistentvolumeclaims', { spec })).toEqual({
    persistentvolumeclaims: '1',
    'count/persistentvolumeclaims': '1',
    'requests.storage': '2',
    'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    'gold.storageclass.storage.k8s.io/requests.storage': '2',
  });
  const status = { allocatedResources: { storage: '5Gi' } };
  expect(usage('persistentvolumeclaims', { spec, status })['requests.storage']).toBe('5Gi');
});

it('a claim of devices uses the most that any alternative takes of each class', () => {
  const requests = [
    { exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 } },
    {
      firstAvailable: [
        { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 },
        { deviceClassName: 'tpu', allocationMode: 'All' },
        { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 3 },
      ],
    },
  ];
  expect(usage('resourceclaims.resource.k8s.io', { spec: { devices: { requests } } })).toEqual({
    'count/resourceclaims.resource.k8s.io': '1',
    'gpu.deviceclass.resource.k8s.io/devices': '5',
    'tpu.deviceclass.resource.k8s.io/devices': '32',
  });
});

it.each<[limit: string, resource: string | null]>([
  ['cpu', 'pods'],
  ['requests.nvidia.com/gpu', 'pods'],
  ['requests.hugepages-2Mi', 'pods'],
  ['requests.storage', 'persistentvolumeclaims'],
  ['gold.storageclass.storage.k8s.io/requests.storage', 'persistentvolumeclaims'],
  ['services.nodeports', 'services'],
  ['configmaps', 'configmaps'],
  ['count/configmaps', 'configmaps'],
  ['count/deployments.apps', 'deployments.apps'],
  ['gpu.deviceclass.resource.k8s.io/devices', 'resourceclaims.resource.k8s.io'],
  ['count/events', null],
  ['deployments.apps', null],
  ['nvidia.com/gpu', null],
])('%s limits %s', (limit, resource) => expect(resourceCountedBy(limit)).toBe(resource));

describe('a pod is in the scope', () => {
  const isIn = (scope: object, spec: object, status?: object): boolean =>
    inAllScopes(evaluatorOf('pods')!, [scope], {
      metadata: {},
      spec: { containers: [container({ cpu: '1' })], ...spec },
      ...(status === undefined ? {} : { status }),
    });
  const priority = (operator: string, values?: string[]): object => ({
    scopeName: 'PriorityClass',
    operator,
    ...(values === undefined ? {} : { values }),
  });
  const acrossNamespaces = (term: object): object => ({
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: term }],
      },
    },
  });

  it.each<[scope: object, spec: object, want: boolean]>([
    [{ scopeName: 'Terminating' }, { activeDeadlineSeconds: 5 }, true],
    [{ scopeName: 'Terminating' }, {}, false],
    [{ scopeName: 'NotTerminating' }, {}, true],
    [{ scopeName: 'BestEffort' }, {}, false],
    [{ scopeName: 'BestEffort' }, { containers: [{ name: 'c' }] }, true],
    [{ scopeName: 'NotBestEffort' }, {}, true],
    [priority('In', ['high', 'low']), { priorityClassName: 'high' }, true],
    [priority('In', ['low']), { priorityClassName: 'high' }, false],
    [priority('In', ['low']), {}, false],
    [priority('NotIn', ['low']), {}, true],
    [priority('NotIn', ['low']), { priorityClassName: 'low' }, false],
    [priority('Exists'), { priorityClassName: 'low' }, true],
    [priority('DoesNotExist'), { priorityClassName: 'low' }, false],
    [priority('DoesNotExist'), {}, true],
    [{ scopeName: 'CrossNamespacePodAffinity' }, acrossNamespaces({ namespaces: ['a'] }), true],
    [{ scopeName: 'CrossNamespacePodAffinity' }, acrossNamespaces({ namespaceSelector: {} }), true],
    [{ scopeName: 'CrossNamespacePodAffinity' }, acrossNamespaces({ namespaces: [] }), false],
    [{ scopeName: 'VolumeAttributesClass' }, {}, false],
  ])('%j with %j: %s', (scope, spec, want) => expect(isIn(scope, spec)).toBe(want));

  it('that the stored quality of service says', () => {
    expect(isIn({ scopeName: 'BestEffort' }, {}, { qosClass: 'BestEffort' })).toBe(true);
  });
});

it('a claim is in the scope of every class of attributes that it has or is to have', () => {
  const claim = {
    metadata: {},
    spec: { volumeAttributesClassName: 'fast' },
    status: { currentVolumeAttributesClassName: 'slow' },
  };
  const isIn = (values: string[], object: KubernetesObject = claim): boolean =>
    inAllScopes(
      evaluatorOf('persistentvolumeclaims')!,
      [{ scopeName: 'VolumeAttributesClass', operator: 'In', values }],
      object,
    );
  expect([isIn(['fast']), isIn(['slow']), isIn(['other'])]).toEqual([true, true, false]);
  expect(isIn(['fast'], { metadata: {} })).toBe(false);
});
