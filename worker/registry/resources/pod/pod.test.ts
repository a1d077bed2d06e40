import type { PodSpec } from 'kubernetes-types/core/v1.js';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { ResourceInfo } from '../../kind-table.ts';
import { findResource } from '../../resource-table.ts';
import { applyBinding } from './binding.ts';
import { defaultPullPolicy } from './image-reference.ts';
import { podStrategy } from './strategy.ts';

const CONTEXT = { now: Date.parse('2026-01-01T00:00:00Z'), user: { name: 'test', groups: [] } };

function newPod(spec: Record<string, unknown> = {}, container = {}): KubernetesObject {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'nginx:1.27', ...container }], ...spec },
  };
  podStrategy.setDefaults!(pod);
  podStrategy.prepareForCreate!(pod, CONTEXT);
  return pod;
}

const specOf = (pod: KubernetesObject) => pod.spec as PodSpec;
const errorsOf = (pod: KubernetesObject): string[] =>
  podStrategy.validate!(pod).map((e) => `${e.field}: ${e.message}`);

describe('defaults of a pod', () => {
  it('are those of upstream for the smallest pod', () => {
    expect(newPod().spec).toEqual({
      containers: [
        {
          name: 'main',
          image: 'nginx:1.27',
          imagePullPolicy: 'IfNotPresent',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    });
  });

  it('change nothing when they are applied again', () => {
    const pod = newPod({ volumes: [{ name: 'v' }] }, { readinessProbe: { httpGet: { port: 80 } } });
    const again = structuredClone(pod);
    podStrategy.setDefaults!(again);
    expect(again).toEqual(pod);
  });

  it('take requests from limits, one by one', () => {
    const pod = newPod(
      {},
      { resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } } },
    );
    expect(specOf(pod).containers[0]!.resources!.requests).toEqual({ cpu: '500m', memory: '1Gi' });
  });

  it('fill in probes', () => {
    const pod = newPod({}, { livenessProbe: { httpGet: { port: 80 } } });
    expect(specOf(pod).containers[0]!.livenessProbe).toEqual({
      httpGet: { path: '/', port: 80, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/nginx:2', 'IfNotPresent'],
    ['nginx@sha256:abc', 'IfNotPresent'],
  ])('pull %s %s', (image, policy) => {
    expect(defaultPullPolicy(image)).toBe(policy);
  });

  it.each([
    [{}, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1' } }, 'Burstable'],
    [{ requests: { cpu: '0' } }, 'BestEffort'],
  ])('class resources %j as %s', (resources, qosClass) => {
    expect(newPod({}, { resources }).status).toMatchObject({ phase: 'Pending', qosClass });
  });
});

describe('validation of a pod', () => {
  it('accepts what a usual pod has', () => {
    const pod = newPod(
      {
        volumes: [{ name: 'cfg', configMap: { name: 'cfg' } }, { name: 'tmp' }],
        tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }],
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['db.local'] }],
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { a: 'b' } } },
            ],
          },
        },
      },
      {
        ports: [{ name: 'http', containerPort: 80 }],
        env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
        envFrom: [{ configMapRef: { name: 'cfg' } }],
        volumeMounts: [{ name: 'cfg', mountPath: '/etc/app', subPath: 'a/b' }],
        resources: { requests: { cpu: '100m' }, limits: { cpu: '1', 'example.com/gpu': '1' } },
        lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
      },
    );
    expect(errorsOf(pod)).toEqual([]);
  });

  it.each<[what: string, spec: object, container: object, want: string]>([
    ['no containers', { containers: [] }, {}, 'spec.containers: Required value'],
    ['no image', {}, { image: '' }, 'spec.containers[0].image: Required value'],
    [
      'a bad name',
      {},
      { name: 'A' },
      `spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
    [
      'two containers of one name',
      { initContainers: [{ name: 'main', image: 'a' }] },
      {},
      'spec.initContainers[0].name: Duplicate value: "main"',
    ],
    [
      'a port out of range',
      {},
      { ports: [{ containerPort: 70000 }] },
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      'a request above its limit',
      {},
      { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } },
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      'a mount of no volume',
      {},
      { volumeMounts: [{ name: 'x', mountPath: '/x' }] },
      'spec.containers[0].volumeMounts[0].name: Not found: "x"',
    ],
    [
      'an unknown restart policy',
      { restartPolicy: 'Sometimes' },
      {},
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      'a probe without a handler',
      {},
      { livenessProbe: {} },
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ],
    [
      'two volume sources',
      { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] },
      {},
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'a variable with two values',
      {},
      { env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      'a variable of all labels, which only a file can hold',
      {},
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] },
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
    ],
    [
      'an address that is none',
      { hostAliases: [{ ip: '300.1.1.1' }] },
      {},
      'spec.hostAliases[0].ip: Invalid value: "300.1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ])('refuses %s', (_what, spec, container, want) => {
    expect(errorsOf(newPod(spec as Record<string, unknown>, container))).toContain(want);
  });
});

describe('an update of a pod', () => {
  const update = (change: (spec: PodSpec) => void): string[] => {
    const old = newPod({
      activeDeadlineSeconds: 100,
      tolerations: [{ key: 'a', operator: 'Exists' }],
    });
    const pod = structuredClone(old);
    change(specOf(pod));
    return podStrategy.validateUpdate!(pod, old).map((e) => `${e.field}: ${e.message}`);
  };

  it('may change images, shorten the deadline and add tolerations', () => {
    const errors = update((spec) => {
      spec.containers[0]!.image = 'nginx:1.28';
      spec.activeDeadlineSeconds = 50;
      spec.tolerations!.push({ key: 'b', operator: 'Exists' });
    });
    expect(errors).toEqual([]);
  });

  it('may change nothing else', () => {
    const errors = update((spec) => {
      spec.containers[0]!.command = ['sh'];
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^spec: Forbidden: pod updates may not change fields other than /);
  });

  it('may not add containers', () => {
    const errors = update((spec) => {
      spec.containers.push({ ...spec.containers[0]!, name: 'b' });
    });
    expect(errors).toContain(
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    );
  });
});

describe('deleting a pod', () => {
  const bound = (phase: string) => ({ ...newPod({ nodeName: 'n' }), status: { phase } });

  it.each<[string, KubernetesObject, number | undefined, number]>([
    ['waits for the default period on a node', bound('Running'), undefined, 30],
    ['waits as long as asked', bound('Running'), 5, 5],
    ['does not wait without a node', newPod(), 30, 0],
    ['does not wait once it is over', bound('Succeeded'), 30, 0],
    ['takes a negative period for a second', bound('Running'), -1, 1],
  ])('%s', (_what, pod, requested, want) => {
    expect(podStrategy.gracePeriodSeconds!(pod, requested)).toBe(want);
  });
});

describe('a binding', () => {
  const info = findResource('', 'v1', 'pods') as ResourceInfo;
  const binding = { metadata: { name: 'web' }, target: { kind: 'Node', name: 'n1' } };

  it('puts the pod on its node and says so', () => {
    const pod = applyBinding(info, newPod(), binding);
    expect(specOf(pod).nodeName).toBe('n1');
    expect(pod.status).toMatchObject({ conditions: [{ type: 'PodScheduled', status: 'True' }] });
  });

  it('is refused for a pod that is on a node', () => {
    const pod = newPod({ nodeName: 'n0' });
    expect(() => applyBinding(info, pod, binding)).toThrow(
      'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n0"',
    );
  });

  it('is refused without a target', () => {
    const empty = { metadata: {}, target: {} };
    expect(() => applyBinding(info, newPod(), empty)).toThrow('target.name: Required value');
  });
});
