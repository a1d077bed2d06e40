import { created, errorsOf, withValue } from './strategy-harness.ts';

/** A pod with the usual parts, as a client sends it. */
export const POD = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'nginx:1.27',
        ports: [{ name: 'http', containerPort: 80 }],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        resources: { limits: { cpu: '1', memory: '1Gi' } },
      },
    ],
    volumes: [{ name: 'data', emptyDir: {} }],
  },
};

/** Paths of its container: in the object, and as errors write it. */
export const C = 'spec.containers.0';
export const CONTAINER = 'spec.containers[0]';

/** A requirement with the wrong type of value in it. */
export const IN_42 = { operator: 'In', values: [42] };

/** What a create of the pod says that has this value at this path. */
export const errorsWith = (path: string, value: unknown): string[] =>
  errorsOf('pods', created('pods', withValue(POD, path, value)));
