import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { newBadRequest, newConflict } from '../../../apimachinery/status-error.ts';

/** Which pod on which node. */
export interface PodPlace {
  readonly node: string;
  readonly identity: { readonly namespace: string; readonly name: string; readonly uid: string };
}

/** Which container of which pod on which node a stream goes to. */
export interface StreamTarget {
  readonly node: string;
  readonly target: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly container: string;
  };
}

/** kubectl's own choice, which other clients may not know of. */
const DEFAULT_CONTAINER_ANNOTATION = 'kubectl.kubernetes.io/default-container';

interface PodSpec {
  nodeName?: string;
  containers?: { name: string }[];
  initContainers?: { name: string }[];
  ephemeralContainers?: { name: string }[];
}

/**
 * Finds the container that is meant: the only one when none is named.
 *
 * @throws StatusError BadRequest in upstream's words.
 */
export function streamTarget(podText: string, container: string): StreamTarget {
  const pod = JSON.parse(podText) as KubernetesObject;
  const { name = '', annotations } = pod.metadata;
  const spec = (pod['spec'] ?? {}) as PodSpec;
  const names = (list: { name: string }[] | undefined) => (list ?? []).map((c) => c.name);
  const main = names(spec.containers);
  const init = names(spec.initContainers);
  const all = [...main, ...init, ...names(spec.ephemeralContainers)];
  const chosen =
    container !== ''
      ? container
      : main.length === 1 && init.length === 0
        ? (main[0] ?? '')
        : (annotations?.[DEFAULT_CONTAINER_ANNOTATION] ?? '');
  if (chosen === '') {
    const choices =
      init.length > 0
        ? ` [${main.join(' ')}] or one of the init containers: [${init.join(' ')}]`
        : `: [${main.join(' ')}]`;
    throw newBadRequest(
      `a container name must be specified for pod ${name}, choose one of${choices}`,
    );
  }
  if (!all.includes(chosen)) {
    throw newBadRequest(`container ${chosen} is not valid for pod ${name}`);
  }
  const { node, identity } = podPlace(podText);
  return { node, target: { ...identity, container: chosen } };
}

/** Which pod it is, and on which node. @throws StatusError Conflict when it is on none. */
export function podPlace(podText: string): PodPlace {
  const pod = JSON.parse(podText) as KubernetesObject;
  const { name = '', namespace = '', uid = '' } = pod.metadata;
  const { nodeName: node = '' } = (pod['spec'] ?? {}) as PodSpec;
  if (node === '') {
    const why = `pod ${name} does not have a host assigned`;
    throw newConflict({ group: '', resource: 'pods' }, name, why);
  }
  return { node, identity: { namespace, name, uid } };
}
