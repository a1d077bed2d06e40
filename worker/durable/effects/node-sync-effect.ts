import type { BoundVolume } from '../../../apimachinery/agent-protocol.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { DesiredChanges } from '../node/protocol.ts';
import type { Effect } from '../queue/effect.ts';
import type { StoreContext } from '../store/store-context.ts';
import { as, type Pod } from '../../reconcile/kinds.ts';
import { VOLUME_ANSWERS } from '../../registry/hidden-resources.ts';
import { boundVolumes } from '../store/bound-volumes.ts';
import { PodIndex } from '../store/pod-index.ts';
import { CLAIMS, claimReader } from '../store/pod-claims.ts';
import { nextTurn } from '../next-turn.ts';
import { podView, referencesOf, type PodView } from './pods.ts';

/**
 * Nodes that are told in one turn. Self-hosted all of them run on one thread, and each takes a
 * millisecond: more would keep requests waiting.
 */
const PUSHES_PER_TURN = 5;

type ReferredResource = 'configmaps' | 'secrets';

export interface NodeSyncEffectDeps {
  readonly context: StoreContext;
  readonly push: (node: string, changes: DesiredChanges) => Promise<void>;
}

/**
 * Brings what a node should run to its NodeDurableObject: pods bound to it, with what their claims
 * are bound to, and the config maps and secrets that they use. Keys are `pod/<node>/<name>/<uid>`,
 * and `object/<resource>/<name>` for a config map or a secret that changed.
 */
export class NodeSyncEffect implements Effect {
  readonly name = 'node-sync';
  readonly batchSize = 500;
  readonly #deps: NodeSyncEffectDeps;
  /** Pods on nodes, by the config maps and secrets that they use. */
  readonly #users: PodIndex;

  constructor(deps: NodeSyncEffectDeps) {
    this.#deps = deps;
    this.#users = new PodIndex(deps.context, referenceKeys);
  }

  keysFor(change: Change): readonly string[] {
    const { resource, name } = change;
    if (resource === 'configmaps' || resource === 'secrets') {
      const used = this.#users.namesOf(referenceKey({ resource, name })).size > 0;
      return used ? [`object/${resource}/${name}`] : [];
    }
    if (resource === CLAIMS || resource === VOLUME_ANSWERS) {
      const users = this.#deps.context.reader.podsUsingClaim(name).map(podView);
      return users.filter(({ nodeName }) => nodeName !== '').map(podKey);
    }
    if (resource !== 'pods') return [];
    this.#users.onChange(change);
    const pod = change.after ?? change.before;
    const view = pod === null ? null : podView(pod);
    if (view === null || view.nodeName === '' || isStatusReport(change)) return [];
    return [podKey(view)];
  }

  onRollback(): void {
    this.#users.reset();
  }

  async run(keys: readonly string[]): Promise<void> {
    const nodes = this.#byNode(keys).entries();
    const pushNext = async (): Promise<void> => {
      for (const [node, keysOfNode] of nodes) {
        const { pods, objects } = this.#changesOf(keysOfNode);
        await this.#deps.push(node, { pods, objects: [...objects.values()] });
        await nextTurn();
      }
    };
    await Promise.all(Array.from({ length: PUSHES_PER_TURN }, pushNext));
  }

  #byNode(keys: readonly string[]): Map<string, Set<string>> {
    const byNode = new Map<string, Set<string>>();
    for (const key of keys) {
      const [kind, first = '', second = ''] = key.split('/');
      for (const node of kind === 'pod' ? [first] : this.#nodesUsing(first, second)) {
        const found = byNode.get(node);
        if (found === undefined) byNode.set(node, new Set([key]));
        else found.add(key);
      }
    }
    return byNode;
  }

  #nodesUsing(resource: string, name: string): string[] {
    const users = this.#users.namesOf(referenceKey({ resource, name }));
    return [...users].flatMap((user) => {
      const pod = this.#deps.context.commits.read({ resource: 'pods', name: user });
      return pod === null ? [] : [podView(pod).nodeName];
    });
  }

  /** Reads what is due for one node, as it is now. */
  #changesOf(keys: ReadonlySet<string>): NodeChanges {
    const changes: NodeChanges = { pods: [], objects: new Map() };
    for (const key of keys) {
      const [kind, first = '', second = '', uid = ''] = key.split('/');
      if (kind === 'pod') this.#addPod(changes, second, uid);
      else this.#include(changes, first as ReferredResource, second);
    }
    return changes;
  }

  #addPod(changes: NodeChanges, name: string, uid: string): void {
    const stored = this.#deps.context.store.get({ resource: 'pods', name });
    const pod = this.#deps.context.commits.read({ resource: 'pods', name });
    if (stored === null || pod === null || pod.metadata.uid !== uid) {
      changes.pods.push({ name, uid, pod: null });
      return;
    }
    const volumes = boundVolumes(as<Pod>(pod), claimReader(this.#deps.context));
    changes.pods.push({ name, uid, pod: textForNode(pod, stored.value, volumes) });
    for (const { resource, name: referred } of referencesOf(pod)) {
      this.#include(changes, resource, referred);
    }
  }

  #include(changes: NodeChanges, resource: ReferredResource, name: string): void {
    const stored = this.#deps.context.store.get({ resource, name });
    changes.objects.set(`${resource}/${name}`, { resource, name, object: stored?.value ?? null });
  }
}

const referenceKey = ({ resource, name }: { resource: string; name: string }): string =>
  `${resource}/${name}`;

/** A write to what no pod on a node uses costs nothing. */
const referenceKeys = (pod: KubernetesObject): string[] =>
  podView(pod).nodeName === '' ? [] : referencesOf(pod).map(referenceKey);

const podKey = ({ nodeName, name, uid }: PodView): string => `pod/${nodeName}/${name}/${uid}`;

/**
 * The pod with what its claims are bound to. Who owns which field is nothing to a node, and can be as
 * long as the rest of the pod.
 */
function textForNode(
  pod: KubernetesObject,
  stored: string,
  volumes: Readonly<Record<string, BoundVolume>> | undefined,
): string {
  if (pod.metadata.managedFields === undefined && volumes === undefined) return stored;
  const { managedFields: _, ...metadata } = pod.metadata;
  return JSON.stringify({
    ...pod,
    metadata,
    ...(volumes === undefined ? {} : { boundVolumes: volumes }),
  });
}

interface NodeChanges {
  readonly pods: { name: string; uid: string; pod: string | null }[];
  readonly objects: Map<string, DesiredChanges['objects'][number]>;
}

/** The node's own reports change nothing that it would have to be told. */
function isStatusReport(change: Change): boolean {
  const { before, after } = change;
  if (before === null || after === null) return false;
  return (
    podView(before).nodeName === podView(after).nodeName &&
    before.metadata.generation === after.metadata.generation &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    before.metadata.deletionGracePeriodSeconds === after.metadata.deletionGracePeriodSeconds &&
    JSON.stringify(before.metadata.labels) === JSON.stringify(after.metadata.labels) &&
    JSON.stringify(before.metadata.annotations) === JSON.stringify(after.metadata.annotations)
  );
}
