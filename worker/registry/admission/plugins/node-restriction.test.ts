import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import { nodeRestriction } from './node-restriction.ts';

const NODE = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
const MIRROR = {
  name: 'static',
  annotations: { 'kubernetes.io/config.mirror': 'x' },
  ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u-n1', controller: true }],
};

const pod = (spec: object, metadata: object = {}, status: object = {}): KubernetesObject => ({
  metadata: { name: 'web', uid: 'u-web', ...metadata },
  spec,
  status,
});

const PODS = [pod({ nodeName: 'n1' }), pod({ nodeName: 'n2' }, { name: 'other', uid: 'u-other' })];

/** The cluster's store has the node; other stores have to ask. */
const context = contextOf(
  { pods: PODS },
  {
    inquiries: {
      ask: (asked) => asked.map(() => [{ metadata: { name: 'n1', uid: 'u-n1' } }]) as never,
    },
  },
);

function refusal(resource: string, given: Parameters<typeof request>[1]): string | null {
  const message = refusalOf(nodeRestriction, request(resource, { user: NODE, ...given }), context);
  return message?.replace(/^\S+ "[^"]*" is forbidden: /, '') ?? null;
}

it('others than nodes are not looked at', () => {
  const object = pod({});
  expect(refusal('pods', { object, user: { name: 'system:node:n1', groups: [] } })).toBeNull();
  const user = { name: 'system:node:', groups: ['system:nodes'] };
  expect(refusal('pods', { object, user })).toBe(
    'could not determine node from user "system:node:"',
  );
});

describe('a node and pods', () => {
  const own = { nodeName: 'n1' };
  const ref = MIRROR.ownerReferences[0];

  it.each<[spec: object, metadata: object, want: string | null]>([
    [own, MIRROR, null],
    [
      own,
      {},
      'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
    [{}, MIRROR, 'node "n1" can only create pods with spec.nodeName set to itself'],
    [
      own,
      { ...MIRROR, ownerReferences: [ref, ref] },
      'node "n1" can only create pods with a single owner reference set to itself',
    ],
    [
      own,
      { ...MIRROR, ownerReferences: [{ ...ref, name: 'n2' }] },
      'node "n1" can only create pods with an owner reference set to itself',
    ],
    [
      own,
      { ...MIRROR, ownerReferences: [{ ...ref, controller: false }] },
      'node "n1" can only create pods with a controller owner reference set to itself',
    ],
    [
      own,
      { ...MIRROR, ownerReferences: [{ ...ref, blockOwnerDeletion: true }] },
      'node "n1" must not set blockOwnerDeletion on an owner reference',
    ],
    [
      own,
      { ...MIRROR, ownerReferences: [{ ...ref, uid: 'x' }] },
      'node n1 UID mismatch: expected x got u-n1',
    ],
    [
      { ...own, serviceAccountName: 'a' },
      MIRROR,
      'node "n1" can not create pods that reference serviceaccounts',
    ],
    [
      { ...own, volumes: [{ name: 'v', projected: { sources: [{ clusterTrustBundle: {} }] } }] },
      MIRROR,
      'node "n1" can not create pods that reference clustertrustbundles',
    ],
    [
      { ...own, volumes: [{ name: 'v', persistentVolumeClaim: {} }] },
      MIRROR,
      'node "n1" can not create pods that reference persistentvolumeclaims',
    ],
  ])('create %j %j: %s', (spec, metadata, want) => {
    expect(refusal('pods', { object: pod(spec, metadata) })).toBe(want);
  });

  it('deletes and evicts what it runs', () => {
    const [mine = null, other = null] = PODS;
    const remove = (oldObject: KubernetesObject | null) =>
      refusal('pods', { operation: 'DELETE', oldObject });
    expect(remove(mine)).toBeNull();
    expect(remove(other)).toBe('node "n1" can only delete pods with spec.nodeName set to itself');
    const evict = (name: string) => {
      const object = { metadata: { name } };
      return refusal('pods', { subresource: 'eviction', name, object });
    };
    expect(evict('web')).toBeNull();
    expect(evict('other')).toBe('node n1 can only evict pods with spec.nodeName set to itself');
    expect(evict('gone')).toBe('pod "gone" not found');
  });

  it('reports statuses, and nothing else', () => {
    const status = (
      object: KubernetesObject,
      oldObject: KubernetesObject,
      subresource = 'status',
    ) => refusal('pods', { operation: 'UPDATE', subresource, object, oldObject });
    const [mine, other] = [pod(own), pod({ nodeName: 'n2' })];
    expect(status(pod(own, {}, { phase: 'Running' }), mine)).toBeNull();
    expect(status(other, other)).toBe(
      'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    );
    expect(status(pod(own, { labels: { a: 'b' } }), mine)).toBe(
      'node "n1" cannot update labels through pod status',
    );
    const claims = { resourceClaimStatuses: [{ name: 'a', resourceClaimName: 'b' }] };
    expect(status(pod(own, {}, claims), mine)).toBe(
      'node "n1" cannot update resource claim statues',
    );
    expect(status(mine, mine, '')).toBe(
      'unexpected operation "UPDATE", node "n1" can only create and delete mirror pods',
    );
    expect(status(mine, mine, 'resize')).toBe(
      "unexpected pod subresource \"resize\", only 'status' and 'eviction' are allowed",
    );
  });
});

describe('a node and nodes', () => {
  const node = (labels: object, spec: object = {}, name = 'n1'): KubernetesObject => ({
    metadata: { name, labels: labels as Record<string, string> },
    spec,
  });
  const ZONE = { 'topology.kubernetes.io/zone': 'a', 'x.node.kubernetes.io/y': 'z', mine: 'yes' };

  it.each<[object: KubernetesObject, want: string | null]>([
    [node(ZONE), null],
    [node({}, {}, 'n2'), 'node "n1" is not allowed to modify node "n2"'],
    [
      node({
        'node-restriction.kubernetes.io/a': 'b',
        'node-role.kubernetes.io/control-plane': '',
      }),
      'node "n1" is not allowed to set the following labels: node-restriction.kubernetes.io/a, node-role.kubernetes.io/control-plane',
    ],
    [
      node({}, { configSource: {} }),
      'node "n1" is not allowed to create pods with a non-nil configSource',
    ],
  ])('create %j: %s', (object, want) => expect(refusal('nodes', { object })).toBe(want));

  it.each<[object: KubernetesObject, want: string | null]>([
    [node(ZONE), null],
    [node({ 'a.k8s.io/b': 'c' }), 'is not allowed to modify labels: a.k8s.io/b'],
    [node({}, { taints: [{ key: 'a' }] }), 'node "n1" is not allowed to modify taints'],
    [
      { ...node({}), metadata: { name: 'n1', ownerReferences: MIRROR.ownerReferences } },
      'node "n1" is not allowed to modify ownerReferences',
    ],
  ])('update to %j: %s', (object, want) => {
    expect(refusal('nodes', { operation: 'UPDATE', object, oldObject: node({}) })).toBe(want);
  });
});

describe('a node and tokens', () => {
  const ask = (bound: object | undefined, audiences: string[] = []) => {
    const object = {
      metadata: {},
      spec: { audiences, ...(bound === undefined ? {} : { boundObjectRef: bound }) },
    };
    return refusal('serviceaccounts', { subresource: 'token', name: 'bot', object });
  };
  const bound = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: 'u-web' };

  it.each<[bound: object | undefined, want: string]>([
    [undefined, 'node requested token not bound to a pod'],
    [{ ...bound, uid: '' }, 'node requested token with a pod binding without a uid'],
    [{ ...bound, name: 'gone' }, 'pod "gone" not found'],
    [
      { ...bound, uid: 'x' },
      'the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated',
    ],
    [
      { ...bound, name: 'other', uid: 'u-other' },
      'node requested token bound to a pod scheduled on a different node',
    ],
  ])('for %j: %s', (given, want) => expect(ask(given)).toBe(want));

  it('for others than its pods ask for needs permission', () => {
    const token = {
      name: 'v',
      projected: { sources: [{ serviceAccountToken: { audience: 'vault' } }] },
    };
    const spec = { nodeName: 'n1', volumes: [token] };
    const object = (audiences: string[]) => ({
      metadata: {},
      spec: { audiences, boundObjectRef: bound },
    });
    const run = (audiences: string[], allowed = false) =>
      refusalOf(
        nodeRestriction,
        request('serviceaccounts', {
          user: NODE,
          subresource: 'token',
          name: 'bot',
          object: object(audiences),
        }),
        contextOf(
          { pods: [pod(spec)] },
          { authorizer: { authorize: () => ({ allowed, reason: '' }) } },
        ),
      );
    expect(run(['vault'])).toBeNull();
    expect(run(['x'], true)).toBeNull();
    expect(run(['x'])).toBe(
      'serviceaccounts "bot" is forbidden: audience "x" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
    );
    expect(run(['x', 'y'])).toMatch(/node may only request 0 or 1 audiences$/);
  });
});

describe('a node and what has its name', () => {
  const named = (name: string): KubernetesObject => ({ metadata: { name } });

  it.each<[resource: string, given: Parameters<typeof request>[1], want: string | null]>([
    ['leases.coordination.k8s.io', { namespace: 'kube-node-lease', object: named('n1') }, null],
    [
      'leases.coordination.k8s.io',
      { namespace: 'kube-node-lease', object: named('n2') },
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'leases.coordination.k8s.io',
      { object: named('n1') },
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [
      'csinodes.storage.k8s.io',
      { operation: 'DELETE', oldObject: named('n2') },
      'can only access CSINode with the same name as the requesting node',
    ],
    [
      'resourceslices.resource.k8s.io',
      { object: { ...named('s'), spec: { nodeName: 'n2' } } },
      'can only create ResourceSlice with the same NodeName as the requesting node',
    ],
    ['persistentvolumeclaims', { object: named('c') }, 'may only update PVC status'],
    [
      'persistentvolumeclaims',
      {
        operation: 'UPDATE',
        subresource: 'status',
        object: { ...named('c'), status: { phase: 'Lost' } },
        oldObject: named('c'),
      },
      'node "n1" is not allowed to update fields other than status.quantity and status.conditions',
    ],
    [
      'persistentvolumeclaims',
      {
        operation: 'UPDATE',
        subresource: 'status',
        object: { ...named('c'), status: { capacity: { storage: '1Gi' } } },
        oldObject: { ...named('c'), status: {} },
      },
      null,
    ],
    ['configmaps', { object: named('c') }, null],
  ])('%s %j: %s', (resource, given, want) => expect(refusal(resource, given)).toBe(want));

  it('asks for certificates in its own name', () => {
    const file = (name: string): string =>
      readFileSync(
        new URL(`../../resources/certificates/testdata/${name}`, import.meta.url),
      ).toString('base64');
    const ask = (name: string, signerName = 'kubernetes.io/kubelet-serving') =>
      refusal('certificatesigningrequests.certificates.k8s.io', {
        object: { metadata: { name: 'a' }, spec: { signerName, request: file(name) } },
      });
    expect(ask('masters-request.pem')).toBeNull();
    expect(ask('request.pem')).toBe('can only create a node CSR with CN=system:node:n1');
    expect(ask('request.pem', 'example.com/ca')).toBeNull();
    expect(ask('certificate.pem')).toBe(
      'unable to parse csr: PEM block type must be CERTIFICATE REQUEST',
    );
  });
});
