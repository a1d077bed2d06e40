import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { newBadRequest, newConflict } from '../../apimachinery/status-error.ts';

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
  const { name = '', namespace = '', uid = '', annotations } = pod.metadata;
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
  const node = spec.nodeName ?? '';
  if (node === '') {
    throw newConflict(
      { group: '', resource: 'pods' },
      name,
      `pod ${name} does not have a host assigned`,
    );
  }
  return { node, target: { namespace, name, uid, container: chosen } };
}
