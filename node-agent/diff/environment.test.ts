import { describe, expect, it } from 'vitest';
import type { DownwardFacts } from './downward.ts';
import { resolveEnvironment } from './environment.ts';
import type { ObjectSource } from './object-source.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const OBJECTS: ObjectSource = {
  configMap: (_, name) =>
    name === 'settings' ? { data: { color: 'blue', 'a.b': 'c' } } : undefined,
  secret: (_, name) => (name === 'keys' ? { data: { token: base64('hush') } } : undefined),
};

const FACTS: DownwardFacts = {
  hostIP: '192.0.2.1',
  podIPs: ['10.0.0.5', 'fd00::5'],
  allocatable: { cpu: '4', memory: '8Gi' },
  serviceEnvironment: {},
};

const POD: DesiredPod = {
  metadata: {
    namespace: 'default',
    name: 'web',
    uid: 'u',
    labels: { app: 'web', tier: 'front' },
    annotations: { 'example.com/note': 'a "note"' },
  },
  spec: { containers: [], nodeName: 'edge', serviceAccountName: 'robot' },
};

function resolve(container: Partial<ContainerSpec>): Record<string, string> {
  const spec = { name: 'main', ...container };
  return Object.fromEntries(resolveEnvironment(POD, spec, OBJECTS, FACTS));
}

const field = (fieldPath: string): ContainerSpec['env'] => [
  { name: 'V', valueFrom: { fieldRef: { fieldPath } } },
];

describe('The environment of a container', () => {
  it('has envFrom first, which env may use and replace', () => {
    const environment = resolve({
      envFrom: [
        { configMapRef: { name: 'settings' } },
        { secretRef: { name: 'keys' }, prefix: 'K_' },
      ],
      env: [
        { name: 'TEXT', value: '$(color) $(K_token) $(LATER)' },
        { name: 'color', value: 'red' },
        { name: 'LATER', value: '$(color)' },
      ],
    });
    expect(environment).toEqual({
      color: 'red',
      'a.b': 'c',
      K_token: 'hush',
      TEXT: 'blue hush $(LATER)',
      LATER: 'red',
    });
  });

  it('begins with where the API server is, which the container may say otherwise', () => {
    const serviceEnvironment = { KUBERNETES_SERVICE_HOST: 'k8s', KUBERNETES_SERVICE_PORT: '443' };
    const env = [
      { name: 'URL', value: '$(KUBERNETES_SERVICE_HOST)' },
      { name: 'KUBERNETES_SERVICE_PORT', value: '6443' },
    ];
    const facts = { ...FACTS, serviceEnvironment };
    const resolved = resolveEnvironment(POD, { name: 'main', env }, OBJECTS, facts);
    expect(Object.fromEntries(resolved)).toEqual({
      KUBERNETES_SERVICE_HOST: 'k8s',
      KUBERNETES_SERVICE_PORT: '6443',
      URL: 'k8s',
    });
  });

  it.each([
    { path: 'metadata.name', want: 'web' },
    { path: 'metadata.namespace', want: 'default' },
    { path: "metadata.labels['tier']", want: 'front' },
    { path: "metadata.annotations['example.com/note']", want: 'a "note"' },
    { path: 'metadata.labels', want: 'app="web"\ntier="front"' },
    { path: 'spec.nodeName', want: 'edge' },
    { path: 'spec.serviceAccountName', want: 'robot' },
    { path: 'status.hostIP', want: '192.0.2.1' },
    { path: 'status.podIP', want: '10.0.0.5' },
    { path: 'status.podIPs', want: '10.0.0.5,fd00::5' },
  ])('has $path from the pod', ({ path, want }) => {
    expect(resolve({ env: field(path) ?? [] })).toEqual({ V: want });
  });

  it.each([
    { resource: 'limits.cpu', divisor: undefined, want: '1' },
    { resource: 'limits.cpu', divisor: '1m', want: '250' },
    { resource: 'limits.memory', divisor: '1Mi', want: '8192' },
    { resource: 'requests.memory', divisor: '1Ki', want: '65536' },
  ])('has $resource by $divisor, or the node’s where there is no limit', (row) => {
    const { resource, divisor, want } = row;
    const resourceFieldRef = divisor === undefined ? { resource } : { resource, divisor };
    const environment = resolve({
      resources: { limits: { cpu: '250m' }, requests: { memory: '64Mi' } },
      env: [{ name: 'V', valueFrom: { resourceFieldRef } }],
    });
    expect(environment).toEqual({ V: want });
  });

  it.each([
    { from: { configMapKeyRef: { name: 'no', key: 'k' } }, want: 'configmap "no" not found' },
    {
      from: { configMapKeyRef: { name: 'settings', key: 'k' } },
      want: "couldn't find key k in ConfigMap default/settings",
    },
    { from: { secretKeyRef: { name: 'no', key: 'k' } }, want: 'secret "no" not found' },
    {
      from: { secretKeyRef: { name: 'keys', key: 'k' } },
      want: "couldn't find key k in Secret default/keys",
    },
  ])('says $want, unless it is optional', ({ from, want }) => {
    expect(() => resolve({ env: [{ name: 'V', valueFrom: from }] })).toThrow(want);
    const optional = Object.fromEntries(
      Object.entries(from).map(([kind, reference]) => [kind, { ...reference, optional: true }]),
    );
    expect(resolve({ env: [{ name: 'V', valueFrom: optional }] })).toEqual({});
  });
});
