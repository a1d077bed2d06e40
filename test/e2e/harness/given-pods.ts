import type { Cluster } from './cluster.ts';
import type { Finished } from './processes.ts';
import { until } from './until.ts';

export interface GivenPods {
  readonly namespace: string;
  /** `kubectl -n <namespace>`, however it ends. */
  readonly kubectl: (...args: string[]) => Promise<Finished>;
  /** What it prints. @throws Error unless it ends with 0. */
  readonly output: (...args: string[]) => Promise<string>;
  readonly ready: (name: string) => Promise<string>;
  readonly phase: (name: string, wanted: string) => Promise<string>;
  /** A field of a pod, as `.status.phase`. */
  readonly field: (name: string, path: string) => Promise<string>;
  /** Messages of the events about a pod with a reason, once there is one. */
  readonly events: (name: string, reason: string) => Promise<string[]>;
}

/** Applies objects in a namespace of its own, and answers what their test needs. */
export async function givenPods(cluster: Cluster, ...objects: object[]): Promise<GivenPods> {
  const namespace = await cluster.namespace();
  for (const object of objects) await cluster.apply(namespace, object);
  const kubectl = (...args: string[]) => cluster.kubectl(['-n', namespace, ...args]);
  const output = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
  return {
    namespace,
    kubectl,
    output,
    ready: (name) => output('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s'),
    phase: (name, wanted) =>
      output('wait', `--for=jsonpath={.status.phase}=${wanted}`, `pod/${name}`, '--timeout=60s'),
    field: (name, path) => output('get', 'pod', name, '-o', `jsonpath={${path}}`),
    events: (name, reason) =>
      until(`an event ${reason} of ${name}`, async () => {
        const about = `involvedObject.name=${name},reason=${reason}`;
        const path = 'jsonpath={range .items[*]}{.message}{"\\n"}{end}';
        const text = await output('get', 'events', '--field-selector', about, '-o', path);
        return text === '' ? undefined : text.trimEnd().split('\n');
      }),
  };
}
