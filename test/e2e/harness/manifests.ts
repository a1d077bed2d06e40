import { IMAGE } from './image.ts';

export interface ContainerManifest {
  readonly name?: string;
  readonly script?: string;
  readonly [field: string]: unknown;
}

/** A container of the test image that runs a shell script; by default one that waits. */
export function container(fields: ContainerManifest = {}): Record<string, unknown> {
  const { name = 'main', script = WAIT, ...rest } = fields;
  return { name, image: IMAGE, command: ['/bin/sh', '-c', script], ...rest };
}

/** Waits for ever, and ends at once when it is told to. */
export const WAIT = "trap 'exit 0' TERM; while true; do sleep 1000 & wait $!; done";

/** A pod that ends quickly when deleted. */
export function pod(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { terminationGracePeriodSeconds: 1, containers: [container()], ...spec },
  };
}

/** A Deployment of pods with the label `app: <name>`. */
export function deployment(
  name: string,
  replicas: number,
  spec: Readonly<Record<string, unknown>> = {},
  podSpec: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 1, containers: [container()], ...podSpec },
      },
      ...spec,
    },
  };
}

/** A claim to a directory of the node of its first pod, in the cluster's default class. */
export function claim(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '10Mi' } },
      ...spec,
    },
  };
}

/** A pod of one container that runs a script once. */
export function once(
  name: string,
  fields: ContainerManifest,
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return pod(name, { restartPolicy: 'Never', containers: [container(fields)], ...spec }, metadata);
}

export const configMap = (name: string, data: object, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
  ...more,
});

/** @param data plain text, which the API encodes */
export const secret = (name: string, data: object): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: data,
});
