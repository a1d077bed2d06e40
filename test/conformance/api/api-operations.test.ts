import { describe, it } from 'vitest';
import { freshCluster } from '../../workerd/stores.ts';
import { type LifecycleSubject, runLifecycle } from './lifecycle.ts';

const container = { name: 'c', image: 'i' };
const template = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [container], restartPolicy: 'OnFailure' },
};
const condition = { type: 'Tested', status: 'True', reason: 'Test', message: 'set by a test' };
const timed = { ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' };
const celPolicy = {
  matchConstraints: {
    resourceRules: [
      {
        apiGroups: ['apps'],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['deployments'],
      },
    ],
  },
};

/** A request of nobody, for a key that is kept nowhere. */
const CERTIFICATE_REQUEST = `-----BEGIN CERTIFICATE REQUEST-----
MIHHMHACAQAwDjEMMAoGA1UEAwwDZTJlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAEMEhTlpxyRqjne+kI+VoyZYHjPUjtizFU49LJbgm6/FJqtVGtAZUG+yQ81d1N
aAYFjeC08NmOX3f+NYKfNalzL6AAMAoGCCqGSM49BAMCA0cAMEQCIFClLrus47W3
6Ky9gFwoPB4x7yfV3z3OcKniu0t0K5BzAiB58VqO++X3I4ja0GhJvtInq1ZzW3UJ
UFjrFZP7L07cpA==
-----END CERTIFICATE REQUEST-----
`;

/** The rows that want every verb of one kind, and the kind. */
const ROWS: readonly (readonly [row: string, subject: LifecycleSubject])[] = [
  [
    '[sig-api-machinery] API priority and fairness should support FlowSchema API operations [Conformance]',
    {
      group: 'flowcontrol.apiserver.k8s.io',
      version: 'v1',
      resource: 'flowschemas',
      kind: 'FlowSchema',
      namespaced: false,
      sample: () => ({
        spec: {
          matchingPrecedence: 10_000,
          priorityLevelConfiguration: { name: 'global-default' },
          rules: [
            {
              subjects: [{ kind: 'User', user: { name: 'example-e2e-flow-schema' } }],
              nonResourceRules: [{ nonResourceURLs: ['*'], verbs: ['get'] }],
            },
          ],
        },
      }),
      status: {
        patch: { conditions: [timed] },
        put: { conditions: [{ ...timed, status: 'False' }] },
      },
    },
  ],
  [
    '[sig-api-machinery] API priority and fairness should support PriorityLevelConfiguration API operations [Conformance]',
    {
      group: 'flowcontrol.apiserver.k8s.io',
      version: 'v1',
      resource: 'prioritylevelconfigurations',
      kind: 'PriorityLevelConfiguration',
      namespaced: false,
      sample: () => ({
        spec: {
          type: 'Limited',
          limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } },
        },
      }),
      status: {
        patch: { conditions: [timed] },
        put: { conditions: [{ ...timed, status: 'False' }] },
      },
    },
  ],
  [
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicy API operations [Conformance]',
    {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      resource: 'mutatingadmissionpolicies',
      kind: 'MutatingAdmissionPolicy',
      namespaced: false,
      sample: () => ({
        spec: {
          ...celPolicy,
          reinvocationPolicy: 'Never',
          mutations: [
            {
              patchType: 'ApplyConfiguration',
              applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 1}}' },
            },
          ],
        },
      }),
    },
  ],
  [
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicyBinding API operations [Conformance]',
    {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      resource: 'mutatingadmissionpolicybindings',
      kind: 'MutatingAdmissionPolicyBinding',
      namespaced: false,
      sample: () => ({ spec: { policyName: 'p' } }),
    },
  ],
  [
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicy API operations [Conformance]',
    {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      resource: 'validatingadmissionpolicies',
      kind: 'ValidatingAdmissionPolicy',
      namespaced: false,
      sample: () => ({
        spec: { ...celPolicy, validations: [{ expression: 'object.spec.replicas <= 5' }] },
      }),
      status: { patch: { conditions: [timed] }, put: { observedGeneration: 1 } },
    },
  ],
  [
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicyBinding API operations [Conformance]',
    {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      resource: 'validatingadmissionpolicybindings',
      kind: 'ValidatingAdmissionPolicyBinding',
      namespaced: false,
      sample: () => ({ spec: { policyName: 'p', validationActions: ['Deny'] } }),
    },
  ],
  [
    '[sig-node] Lease lease API should be available [Conformance]',
    {
      group: 'coordination.k8s.io',
      version: 'v1',
      resource: 'leases',
      kind: 'Lease',
      namespaced: true,
      sample: () => ({
        spec: {
          holderIdentity: 'holder',
          leaseDurationSeconds: 30,
          acquireTime: '2026-01-01T00:00:00.000000Z',
          renewTime: '2026-01-01T00:00:05.000000Z',
          leaseTransitions: 0,
        },
      }),
      change(object) {
        object['spec'] = { ...(object['spec'] as object), holderIdentity: 'other' };
      },
    },
  ],
  [
    '[sig-node] RuntimeClass should support RuntimeClasses API operations [Conformance]',
    {
      group: 'node.k8s.io',
      version: 'v1',
      resource: 'runtimeclasses',
      kind: 'RuntimeClass',
      namespaced: false,
      sample: () => ({ handler: 'runc' }),
    },
  ],
  [
    '[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 DeviceClass [Conformance]',
    {
      group: 'resource.k8s.io',
      version: 'v1',
      resource: 'deviceclasses',
      kind: 'DeviceClass',
      namespaced: false,
      sample: () => ({
        spec: { selectors: [{ cel: { expression: 'device.driver == "driver.example.com"' } }] },
      }),
    },
  ],
  [
    '[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaim [Conformance]',
    {
      group: 'resource.k8s.io',
      version: 'v1',
      resource: 'resourceclaims',
      kind: 'ResourceClaim',
      namespaced: true,
      sample: () => ({
        spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } },
      }),
    },
  ],
  [
    '[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaimTemplate [Conformance]',
    {
      group: 'resource.k8s.io',
      version: 'v1',
      resource: 'resourceclaimtemplates',
      kind: 'ResourceClaimTemplate',
      namespaced: true,
      sample: () => ({
        spec: {
          spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } },
        },
      }),
    },
  ],
  [
    '[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceSlice [Conformance]',
    {
      group: 'resource.k8s.io',
      version: 'v1',
      resource: 'resourceslices',
      kind: 'ResourceSlice',
      namespaced: false,
      sample: () => ({
        spec: {
          nodeName: 'n',
          driver: 'driver.example.com',
          pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
          devices: [{ name: 'd' }],
        },
      }),
    },
  ],
  [
    '[sig-apps] CronJob should support CronJob API operations [Conformance]',
    {
      group: 'batch',
      version: 'v1',
      resource: 'cronjobs',
      kind: 'CronJob',
      namespaced: true,
      sample: () => ({
        spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template } } },
      }),
      status: {
        patch: { lastScheduleTime: '2026-01-01T00:00:00Z' },
        put: { lastScheduleTime: '2026-01-02T00:00:00Z' },
      },
    },
  ],
  [
    '[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations [Conformance]',
    {
      group: 'certificates.k8s.io',
      version: 'v1',
      resource: 'certificatesigningrequests',
      kind: 'CertificateSigningRequest',
      namespaced: false,
      sample: () => ({
        spec: {
          request: btoa(CERTIFICATE_REQUEST),
          signerName: 'example.com/e2e',
          expirationSeconds: 3_600,
          usages: ['digital signature', 'key encipherment', 'server auth'],
        },
      }),
      subresources: ['approval'],
      status: {
        patch: { conditions: [{ ...condition, type: 'StatusUpdate' }] },
        put: { conditions: [{ ...condition, type: 'StatusUpdate', reason: 'Again' }] },
      },
    },
  ],
  [
    '[sig-network] EndpointSlice should support creating EndpointSlice API operations [Conformance]',
    {
      group: 'discovery.k8s.io',
      version: 'v1',
      resource: 'endpointslices',
      kind: 'EndpointSlice',
      namespaced: true,
      sample: () => ({
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
        endpoints: [{ addresses: ['10.0.0.1'] }],
      }),
    },
  ],
  [
    '[sig-network] Ingress API should support creating Ingress API operations [Conformance]',
    {
      group: 'networking.k8s.io',
      version: 'v1',
      resource: 'ingresses',
      kind: 'Ingress',
      namespaced: true,
      sample: () => ({
        spec: { defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } } },
      }),
      status: {
        patch: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
        put: { loadBalancer: { ingress: [{ ip: '169.1.1.2' }] } },
      },
    },
  ],
  [
    '[sig-network] IngressClass API should support creating IngressClass API operations [Conformance]',
    {
      group: 'networking.k8s.io',
      version: 'v1',
      resource: 'ingressclasses',
      kind: 'IngressClass',
      namespaced: false,
      sample: () => ({ spec: { controller: 'example.com/controller' } }),
    },
  ],
  [
    '[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations [Conformance]',
    {
      group: 'storage.k8s.io',
      version: 'v1',
      resource: 'csistoragecapacities',
      kind: 'CSIStorageCapacity',
      namespaced: true,
      sample: () => ({ storageClassName: 'example.com', capacity: '1Gi' }),
    },
  ],
  [
    '[sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver [Conformance]',
    {
      group: 'storage.k8s.io',
      version: 'v1',
      resource: 'csidrivers',
      kind: 'CSIDriver',
      namespaced: false,
      sample: () => ({ spec: { attachRequired: false } }),
    },
  ],
  [
    '[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode [Conformance]',
    {
      group: 'storage.k8s.io',
      version: 'v1',
      resource: 'csinodes',
      kind: 'CSINode',
      namespaced: false,
      sample: () => ({ spec: { drivers: [{ name: 'd.example.com', nodeID: 'n' }] } }),
    },
  ],
  [
    '[sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass [Conformance]',
    {
      group: 'storage.k8s.io',
      version: 'v1',
      resource: 'storageclasses',
      kind: 'StorageClass',
      namespaced: false,
      sample: () => ({ provisioner: 'e2e-fake-provisioner' }),
    },
  ],
  [
    '[sig-storage] VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment [Conformance]',
    {
      group: 'storage.k8s.io',
      version: 'v1',
      resource: 'volumeattachments',
      kind: 'VolumeAttachment',
      namespaced: false,
      sample: () => ({
        spec: { attacher: 'a.example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
      }),
    },
  ],
  [
    '[sig-storage] VolumeAttachment Conformance should apply changes to a volumeattachment status [Conformance]',
    {
      group: 'storage.k8s.io',
      version: 'v1',
      resource: 'volumeattachments',
      kind: 'VolumeAttachment',
      namespaced: false,
      sample: () => ({
        spec: { attacher: 'a.example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
      }),
      status: { patch: { attached: true }, put: { attached: false } },
    },
  ],
  [
    '[sig-storage] VolumeAttributesClass [FeatureGate:VolumeAttributesClass] should run through the lifecycle of a VolumeAttributesClass [Conformance]',
    {
      group: 'storage.k8s.io',
      version: 'v1',
      resource: 'volumeattributesclasses',
      kind: 'VolumeAttributesClass',
      namespaced: false,
      sample: () => ({ driverName: 'd.example.com', parameters: { iops: '100' } }),
    },
  ],
  [
    '[sig-network] ServiceCIDR and IPAddress API should support IPAddress API operations [Conformance]',
    {
      group: 'networking.k8s.io',
      version: 'v1',
      resource: 'ipaddresses',
      kind: 'IPAddress',
      namespaced: false,
      names: ['192.168.1.1', '192.168.1.2', '192.168.1.3'],
      sample: () => ({
        spec: { parentRef: { resource: 'services', name: 's', namespace: 'default' } },
      }),
    },
  ],
  [
    '[sig-network] ServiceCIDR and IPAddress API should support ServiceCIDR API operations [Conformance]',
    {
      group: 'networking.k8s.io',
      version: 'v1',
      resource: 'servicecidrs',
      kind: 'ServiceCIDR',
      namespaced: false,
      sample: () => ({ spec: { cidrs: ['2001:db2::/64'] } }),
      status: {
        patch: { conditions: [timed] },
        put: { conditions: [{ ...timed, status: 'False' }] },
      },
    },
  ],
];

describe('API operations', () => {
  it.each(ROWS)('%s', async (_row, subject) => {
    await runLifecycle(freshCluster(), subject);
  });
});
