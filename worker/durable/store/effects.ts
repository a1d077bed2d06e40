import { AccountTokenEffect } from '../effects/account-token-effect.ts';
import { CertificateEffect } from '../effects/certificate-effect.ts';
import { CLIENT_CA_NAMESPACE, ClientCAEffect } from '../effects/client-ca-effect.ts';
import { ClaimCheckEffect } from '../effects/claim-check-effect.ts';
import { AutoscalingEffect } from '../effects/autoscaling-effect.ts';
import { InstanceCleanupEffect } from '../effects/instance-cleanup-effect.ts';
import { MirrorEffect } from '../effects/mirror-effect.ts';
import { NodeCopyEffect } from '../effects/node-copy-effect.ts';
import { NodeLedgerEffect } from '../effects/node-ledger-effect.ts';
import { NodePlacesEffect } from '../effects/node-places-effect.ts';
import { NodeRollCallEffect } from '../effects/node-roll-call-effect.ts';
import { NodeSyncEffect } from '../effects/node-sync-effect.ts';
import { PolicyEffect } from '../effects/policy-effect.ts';
import { SchedulingEffect } from '../effects/scheduling-effect.ts';
import { VolumeRemovalEffect } from '../effects/volume-removal-effect.ts';
import type { Env } from '../env.ts';
import type { Occurrence } from '../events/event-recorder.ts';
import { logError } from '../log.ts';
import type { Effect } from '../queue/effect.ts';
import { nodeStub, schedulerStub, storeStub } from '../stubs.ts';
import { claimKey, copyOfClaim } from '../../registry/binding/claim-copy.ts';
import { answerInNamespace, type VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import {
  NAMESPACE_CONTENTS,
  VOLUME_ANSWERS,
  VOLUME_CLAIMS,
} from '../../registry/hidden-resources.ts';
import { as } from '../../reconcile/kinds.ts';
import { dropInstances } from './drop-instances.ts';
import type { NodeFollowers } from './node-followers.ts';
import { clearStandings } from './node-standings.ts';
import type { Scope } from './protocol.ts';
import type { SlotTable } from './slots.ts';
import type { StoreContext } from './store-context.ts';
import type { StoreRuntime } from './store-runtime.ts';

/**
 * What a namespace's store tells others: pods to the scheduler and the nodes, its content upward. And
 * what it asks: where daemons can run.
 */
export function namespaceEffects(env: Env, scope: Scope, runtime: StoreRuntime): Effect[] {
  const { cluster, namespace } = scope;
  const { context, recorder } = runtime;
  const clusterScope = { cluster, namespace: '' };
  return [
    new SchedulingEffect({
      context,
      recorder,
      settle: (request) => schedulerStub(env, cluster).settle({ ...request, cluster, namespace }),
      clear: (nodes) => clearStandings(runtime, nodes),
      submit: (step) => runtime.submit(() => context.commits.transact(step), 'background'),
      enqueue: (key) => runtime.enqueue('scheduling', key),
    }),
    new AccountTokenEffect({
      context,
      env,
      cluster,
      rootCA: env.FAIRLEAD_CA ?? '',
      write: (step) => runtime.write((writer) => writer.commits.transact(() => step(writer))),
    }),
    new NodeSyncEffect({
      context,
      push: (node, changes) =>
        nodeStub(env, cluster, node).setDesired({ cluster, node, namespace, changes }),
    }),
    new MirrorEffect({
      context,
      resource: NAMESPACE_CONTENTS,
      send: async (name, object) => {
        await storeStub(env, clusterScope).acceptMirror(
          clusterScope,
          NAMESPACE_CONTENTS,
          name,
          object,
        );
      },
    }),
    new MirrorEffect({
      context,
      resource: 'persistentvolumeclaims',
      copyOf: (claim) => copyOfClaim(claim, namespace),
      send: async (name, copy) => {
        const key = claimKey(namespace, name);
        await storeStub(env, clusterScope).acceptMirror(clusterScope, VOLUME_CLAIMS, key, copy);
      },
    }),
    new AutoscalingEffect({
      context,
      sample: (node) => nodeStub(env, cluster, node).sampleUsage(),
      keep: (usage) => runtime.keepUsage(usage),
      makeDue: (planner, keys) =>
        runtime.submit(() =>
          context.commits.transact(() => {
            for (const key of keys) runtime.enqueue(planner, key);
          }),
        ),
    }),
    new NodeCopyEffect({
      runtime,
      fetch: () => storeStub(env, clusterScope).followNodes(clusterScope, namespace),
    }),
    ...(namespace === CLIENT_CA_NAMESPACE
      ? [
          new ClientCAEffect({
            context,
            env,
            cluster,
            write: (step) => runtime.write((writer) => writer.commits.transact(() => step(writer))),
          }),
        ]
      : []),
  ];
}

/** What the cluster's store tells others: Namespaces to their stores, Nodes to who goes by them. */
export function clusterEffects(
  env: Env,
  cluster: string,
  runtime: StoreRuntime,
  slots: SlotTable,
  followers: NodeFollowers,
): Effect[] {
  const { context } = runtime;
  const write = (step: (writer: StoreContext) => void) =>
    runtime.write((writer) => writer.commits.transact(() => step(writer)));
  return [
    new MirrorEffect({
      context,
      resource: 'namespaces',
      send: async (name, object) => {
        const scope = { cluster, namespace: name };
        const lastRevision = await storeStub(env, scope).acceptMirror(
          scope,
          'namespaces',
          name,
          object,
        );
        // A namespace that was made anew meanwhile keeps the slot of its former life.
        const gone = context.store.get({ resource: 'namespaces', name }) === null;
        if (lastRevision !== null && gone) {
          context.commits.transact(() => slots.release(name, lastRevision));
        }
      },
    }),
    new InstanceCleanupEffect({
      context,
      drop: (namespace, name, definition) => {
        if (namespace === '') return runtime.submit(() => dropInstances(runtime, name, definition));
        const scope = { cluster, namespace };
        return storeStub(env, scope).dropInstances(scope, name, definition);
      },
      submit: (step) => runtime.submit(() => context.commits.transact(step)),
    }),
    new PolicyEffect({
      context,
      activeNamespaces: () => slots.holders(),
      send: async (namespace, entries) => {
        await storeStub(env, { cluster, namespace }).acceptPolicy(entries);
      },
    }),
    new MirrorEffect({
      context,
      resource: VOLUME_ANSWERS,
      copyOf: (answer) => answerInNamespace(as<VolumeAnswer>(answer)),
      send: async (key, answer) => {
        const [home = '', name = ''] = key.split('/');
        const scope = { cluster, namespace: home };
        await storeStub(env, scope).acceptMirror(scope, VOLUME_ANSWERS, name, answer);
      },
    }),
    new ClaimCheckEffect({
      context,
      findUID: async (home, name) => {
        const scope = { cluster, namespace: home };
        return storeStub(env, scope).findUID(scope, 'persistentvolumeclaims', name);
      },
      write,
    }),
    new VolumeRemovalEffect({
      context,
      order: (node, remove, keep) =>
        nodeStub(env, cluster, node).orderRemoval({ cluster, node, remove, keep }),
      write,
    }),
    new NodeLedgerEffect({
      context,
      send: (name, node) => schedulerStub(env, cluster).setNode({ cluster, name, node }),
    }),
    new CertificateEffect({
      context,
      env,
      cluster,
      write: (step) => runtime.write((writer) => writer.commits.transact(() => step(writer))),
    }),
    new NodeRollCallEffect({
      runtime,
      check: (name) => nodeStub(env, cluster, name).checkLink(),
    }),
    new NodePlacesEffect({
      followers,
      tell: (namespace) => storeStub(env, { cluster, namespace }).nodesChanged(),
      transact: (step) => runtime.submit(() => context.commits.transact(step)),
    }),
  ];
}

/** Events about cluster-scoped objects live in the default namespace. Best effort, as upstream. */
export function recordInDefault(
  env: Env,
  cluster: string,
  ctx: DurableObjectState,
  occurrence: Occurrence,
): void {
  const scope = { cluster, namespace: 'default' };
  ctx.waitUntil(
    storeStub(env, scope)
      .recordEvent(scope, occurrence)
      .catch((error: unknown) => logError('an event was lost', error)),
  );
}
