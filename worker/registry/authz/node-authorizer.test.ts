import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { ResourceAccess } from './authorizer.ts';
import { NodeAuthorizer, nodeOf } from './node-authorizer.ts';

const node = (name: string) => ({
  name: `system:node:${name}`,
  groups: ['system:nodes', 'system:authenticated'],
});

const POD: KubernetesObject = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    nodeName: 'n1',
    serviceAccountName: 'bot',
    imagePullSecrets: [{ name: 'pull' }],
    initContainers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'env-secret' } } }] }],
    containers: [
      {
        envFrom: [{ configMapRef: { name: 'from-map' } }, { secretRef: { name: 'from-secret' } }],
        env: [{ valueFrom: { configMapKeyRef: { name: 'env-map' } } }, { value: 'x' }],
      },
    ],
    ephemeralContainers: [{ envFrom: [{ secretRef: { name: 'debug' } }] }],
    volumes: [
      { name: 'a', secret: { secretName: 'volume-secret' } },
      { name: 'b', configMap: { name: 'volume-map' } },
      {
        name: 'c',
        projected: {
          sources: [{ secret: { name: 'in-secret' } }, { configMap: { name: 'in-map' } }, {}],
        },
      },
      { name: 'd', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'e', ephemeral: {} },
      { name: 'f', rbd: { secretRef: { name: 'rbd' } } },
      { name: 'g', csi: { nodePublishSecretRef: { name: 'csi' } } },
      { name: 'h', emptyDir: {} },
    ],
    resourceClaims: [
      { name: 'gpu', resourceClaimName: 'gpu-1' },
      { name: 'nic', resourceClaimTemplateName: 't' },
    ],
  },
  status: {
    resourceClaimStatuses: [
      { name: 'nic', resourceClaimName: 'web-nic' },
      { name: 'stray', resourceClaimName: 'stray' },
    ],
    extendedResourceClaimStatus: { resourceClaimName: 'web-extended' },
  },
};
const MIRROR: KubernetesObject = {
  metadata: {
    name: 'mirror',
    namespace: 'shop',
    annotations: { 'kubernetes.io/config.mirror': 'x' },
  },
  spec: {
    nodeName: 'n1',
    serviceAccountName: 'boss',
    volumes: [{ secret: { secretName: 'key' } }],
  },
};
const CLUSTER: Readonly<Record<string, object>> = {
  'persistentvolumes/pv': { spec: { claimRef: { namespace: 'shop', name: 'data' } } },
  'persistentvolumes/free': { spec: {} },
  'volumeattachments.storage.k8s.io/va': { spec: { nodeName: 'n1' } },
  'resourceslices.resource.k8s.io/slice': { spec: { nodeName: 'n1' } },
};

const authorizer = new NodeAuthorizer({
  podsOfNode: (name, namespace) => (name === 'n1' && namespace === 'shop' ? [POD, MIRROR] : []),
  clusterObject: (resource, name) =>
    (CLUSTER[`${resource}/${name}`] ?? null) as KubernetesObject | null,
});

/** `get secrets shop a`: verb, resource[.group][/subresource], namespace or -, name or -. */
function access(text: string, fieldSelector = ''): ResourceAccess {
  const [verb = '', target = '', namespace = '-', name = '-'] = text.split(' ');
  const [qualified = '', subresource = ''] = target.split('/');
  const [resource = '', ...group] = qualified.split('.');
  const [field = '', value = ''] = fieldSelector.split('=');
  return {
    isResourceRequest: true,
    verb,
    apiGroup: group.join('.'),
    apiVersion: 'v1',
    namespace: namespace === '-' ? '' : namespace,
    resource,
    subresource,
    name: name === '-' ? '' : name,
    ...(field === '' ? {} : { fieldRequirements: [{ field, operator: '=' as const, value }] }),
  };
}

const NOT_RELATED = "no relationship found between node 'n1' and this object";
const decide = (text: string, selector = '', name = 'n1') =>
  authorizer.authorize(node(name), access(text, selector));

describe('a node may', () => {
  it.each([
    ...[
      'pull',
      'env-secret',
      'from-secret',
      'debug',
      'volume-secret',
      'in-secret',
      'rbd',
      'csi',
    ].map((name) => `get secrets shop ${name}`),
    ...['from-map', 'env-map', 'volume-map', 'in-map'].map((name) => `get configmaps shop ${name}`),
    'list secrets shop pull',
    'watch configmaps shop env-map',
    'get persistentvolumeclaims shop data',
    'get persistentvolumeclaims shop web-e',
    'patch persistentvolumeclaims/status shop data',
    'get persistentvolumes - pv',
    'get volumeattachments.storage.k8s.io - va',
    'get resourceclaims.resource.k8s.io shop gpu-1',
    'get resourceclaims.resource.k8s.io shop web-nic',
    'get resourceclaims.resource.k8s.io shop web-extended',
    'create serviceaccounts/token shop bot',
    'get serviceaccounts shop bot',
    'get leases.coordination.k8s.io kube-node-lease n1',
    'create leases.coordination.k8s.io kube-node-lease',
    'update csinodes.storage.k8s.io - n1',
    'create csinodes.storage.k8s.io -',
    'create resourceslices.resource.k8s.io -',
    'delete resourceslices.resource.k8s.io - slice',
    'get nodes - n1',
    'watch nodes - n1',
    'create nodes -',
    'patch nodes/status - n1',
    'get pods shop web',
    'get pods shop mirror',
    'watch pods shop web',
    'create pods shop',
    'delete pods shop any',
    'patch pods/status shop any',
    'create pods/eviction shop any',
    'list services -',
    'create events shop',
    'create tokenreviews.authentication.k8s.io -',
    'watch runtimeclasses.node.k8s.io -',
    'create certificatesigningrequests.certificates.k8s.io -',
  ])('%s', (text) => {
    expect(decide(text)).toEqual({ allowed: true, reason: '' });
  });
});

describe('a node may not', () => {
  it.each([
    ['get secrets shop other', NOT_RELATED],
    ['get secrets office pull', NOT_RELATED],
    ['get secrets shop key', NOT_RELATED],
    ['get resourceclaims.resource.k8s.io shop stray', NOT_RELATED],
    ['get secrets shop -', 'No Object name found'],
    ['get secrets - pull', 'can only read namespaced object of this type'],
    ['update secrets shop pull', 'can only read resources of this type'],
    ['get configmaps/x shop env-map', 'cannot read subresource'],
    ['list persistentvolumeclaims shop', 'can only get individual resources of this type'],
    ['get persistentvolumeclaims/status shop data', 'can only get/update/patch this type'],
    ['get persistentvolumes - free', NOT_RELATED],
    ['get persistentvolumes - unknown', NOT_RELATED],
    ['get persistentvolumes/status - pv', 'cannot get subresource'],
    ['create serviceaccounts/token shop boss', NOT_RELATED],
    [
      'create serviceaccounts/token shop -',
      'can only create tokens for individual service accounts',
    ],
    ['create serviceaccounts shop bot', 'can only create token subresource of serviceaccount'],
    ['get serviceaccounts shop boss', NOT_RELATED],
    [
      'list leases.coordination.k8s.io kube-node-lease',
      'can only get, create, update, patch, or delete a node lease',
    ],
    [
      'get leases.coordination.k8s.io kube-system n1',
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [
      'update leases.coordination.k8s.io kube-node-lease n2',
      'can only access node lease with the same name as the requesting node',
    ],
    ['list csinodes.storage.k8s.io -', 'can only get, create, update, patch, or delete a CSINode'],
    ['get csinodes.storage.k8s.io/x - n1', 'cannot authorize CSINode subresources'],
    [
      'get csinodes.storage.k8s.io - n2',
      'can only access CSINode with the same name as the requesting node',
    ],
    ['get resourceslices.resource.k8s.io - other', NOT_RELATED],
    [
      'list resourceslices.resource.k8s.io -',
      'can only list/watch/deletecollection resourceslices with nodeName field selector',
    ],
    ['get nodes - n2', "node 'n1' cannot read 'n2', only its own Node object"],
    ['list nodes -', "node 'n1' cannot read all nodes, only its own Node object"],
    ['delete nodes - n1', ''],
    ['get nodes/proxy - n1', ''],
    ['get pods shop other', NOT_RELATED],
    ['list pods shop', 'can only list/watch pods with spec.nodeName field selector'],
    ['update pods shop web', ''],
    ['get pods/log shop web', ''],
    ['get pods/status shop web', ''],
    ['list namespaces -', ''],
    ['create podcertificaterequests.certificates.k8s.io shop', ''],
  ])('%s', (text, reason) => {
    expect(decide(text)).toEqual({ allowed: false, reason });
  });
});

it('a node may list what its selector narrows down to itself', () => {
  expect(decide('list pods -', 'spec.nodeName=n1').allowed).toBe(true);
  expect(decide('watch pods shop', 'spec.nodeName=n1').allowed).toBe(true);
  expect(decide('list pods -', 'spec.nodeName=n2').allowed).toBe(false);
  const slices = 'deletecollection resourceslices.resource.k8s.io -';
  expect(decide(slices, 'nodeName=n1').allowed).toBe(true);
  expect(decide(slices, 'nodeName=n2').allowed).toBe(false);
});

it('another node may not read what it has nothing to do with', () => {
  expect(decide('get secrets shop pull', '', 'n2').allowed).toBe(false);
  expect(decide('get volumeattachments.storage.k8s.io - va', '', 'n2').allowed).toBe(false);
});

it('only a member of system:nodes with a name of that form is a node', () => {
  expect(nodeOf(node('n1'))).toBe('n1');
  expect(nodeOf({ name: 'system:node:n1', groups: [] })).toBeNull();
  expect(nodeOf({ name: 'n1', groups: ['system:nodes'] })).toBeNull();
  const nobody = { name: 'system:node:n1', groups: ['system:masters'] };
  expect(authorizer.authorize(nobody, access('get services shop a'))).toEqual({
    allowed: false,
    reason: '',
  });
  expect(decide('list services -', '', '')).toEqual({
    allowed: false,
    reason: 'unknown node for user "system:node:"',
  });
});

it('what a node may do cannot be listed', () => {
  expect(authorizer.reviewRules(node('n1'))).toEqual({
    resourceRules: [],
    nonResourceRules: [],
    incomplete: true,
    evaluationError: 'node authorizer does not support user rule resolution',
  });
  expect(authorizer.reviewRules({ name: 'jane', groups: [] }).incomplete).toBe(false);
});
