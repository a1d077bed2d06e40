import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** 2026-01-01T00:00:00Z: the time at which tests begin. */
export const START = Date.UTC(2026, 0, 1);

const podTemplate = (image: string): object => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image }] },
});

/** A defaulted Deployment `web`. `spec` goes over the defaults. */
export function sampleDeployment(spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
      },
      selector: { matchLabels: { app: 'web' } },
      template: podTemplate('web:1'),
      ...spec,
    },
  };
}

/** A defaulted ReplicaSet `web`. */
export function sampleReplicaSet(spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: podTemplate('web:1'),
      ...spec,
    },
  };
}

/** A StatefulSet `web`. `spec` goes over the defaults. */
export function sampleStatefulSet(spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      template: podTemplate('web:1'),
      ...spec,
    },
  };
}

/** A DaemonSet `web`. `spec` goes over the defaults. */
export function sampleDaemonSet(spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, template: podTemplate('web:1'), ...spec },
  };
}

/** A Node, as far as placement is concerned. */
export function sampleNode(
  name: string,
  labels: Record<string, string> = {},
  taints: readonly object[] = [],
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `node-${name}`, labels },
    spec: { taints },
  };
}

/** Sets the image of a Deployment's template, as `kubectl set image` does. */
export function setImage(deployment: KubernetesObject, image: string): void {
  (deployment['spec'] as { template: object }).template = podTemplate(image);
}

export function setReplicas(object: KubernetesObject, replicas: number): void {
  (object['spec'] as { replicas: number }).replicas = replicas;
}

/** A Job `work`, as a client sends it: the registry makes its selector. `spec` goes over the defaults. */
export function sampleJob(spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work' },
    spec: {
      template: {
        metadata: { labels: { app: 'work' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] },
      },
      ...spec,
    },
  };
}

/** A CronJob `tick` that runs every five minutes. `spec` goes over the defaults. */
export function sampleCronJob(spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick' },
    spec: {
      schedule: '*/5 * * * *',
      jobTemplate: { metadata: { labels: { app: 'tick' } }, spec: sampleJob()['spec'] },
      ...spec,
    },
  };
}
