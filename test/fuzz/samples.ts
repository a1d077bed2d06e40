/** Valid objects for patches to hit: arbitrary ones of these kinds are seldom valid. */
const container = { name: 'c', image: 'i', ports: [{ containerPort: 80 }] };
const template = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [container], volumes: [{ name: 'v', emptyDir: {} }] },
};
const workload = {
  metadata: { name: 'a', labels: { app: 'a' } },
  spec: { replicas: 1, selector: { matchLabels: { app: 'a' } }, template },
};

export const SAMPLES: Readonly<Record<string, object>> = {
  ConfigMap: { metadata: { name: 'a' }, data: { a: 'b' } },
  Deployment: workload,
  ReplicaSet: workload,
  StatefulSet: { ...workload, spec: { ...workload.spec, serviceName: 's' } },
  DaemonSet: workload,
  Job: {
    metadata: { name: 'a' },
    spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
  },
  Pod: { metadata: { name: 'a' }, spec: template.spec },
  Service: { metadata: { name: 'a' }, spec: { ports: [{ name: 'p', port: 80 }] } },
  Secret: { metadata: { name: 'a' }, stringData: { a: 'b' } },
};
