import type { Pod } from '../kinds.ts';
import { milliOf } from './autoscaler-facts.ts';

interface Requesting {
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
}

/** Requests of a resource by pod name, in thousandths, or why they cannot be told. */
export function podRequests(
  pods: readonly Pod[],
  resource: string,
  container: string,
): Map<string, number> | string {
  const requests = new Map<string, number>();
  for (const pod of pods) {
    const request = podRequest(pod, resource, container);
    if (typeof request === 'string') return request;
    requests.set(pod.metadata.name, request);
  }
  return requests;
}

/** What is requested for the pod as a whole counts before what its containers request. */
function podRequest(pod: Pod, resource: string, container: string): number | string {
  const own = (pod.spec as Requesting).resources?.requests ?? {};
  if (container !== '' || Object.keys(own).length === 0) {
    return containersRequest(pod, resource, container);
  }
  const request = milliOf(own[resource]) ?? containersRequest(pod, resource, '');
  return typeof request === 'number'
    ? request
    : `missing pod-level request for ${resource} in Pod ${pod.metadata.name}`;
}

function containersRequest(pod: Pod, resource: string, only: string): number | string {
  const { containers, initContainers = [] } = pod.spec;
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  let sum = 0;
  for (const { name, resources } of [...containers, ...sidecars]) {
    if (only !== '' && name !== only) continue;
    const request = milliOf(resources?.requests?.[resource]);
    if (request === undefined) {
      return `missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`;
    }
    if (name === only) return request;
    sum += request;
  }
  return only === '' ? sum : `container ${only} not found in Pod ${pod.metadata.name}`;
}
