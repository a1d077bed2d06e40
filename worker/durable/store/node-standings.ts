import { NODE_STANDINGS } from '../../registry/hidden-resources.ts';
import type { NodeStandingCopy } from '../../registry/node-standing.ts';
import type { ClearedNode, StandingUpdate } from '../scheduler/protocol.ts';
import { acceptMirrored } from './activation.ts';
import type { StoreRuntime } from './store-runtime.ts';

/** Brings this store's copies of what nodes hold against its pods up to date. */
export function acceptStandings(runtime: StoreRuntime, updates: readonly StandingUpdate[]): void {
  // A store without a slot is that of a namespace that is gone, with its pods.
  if (!runtime.clock.holdsSlot) return;
  runtime.context.commits.transact(() => {
    for (const { node, standing, revision } of updates) {
      const text = standing === null ? null : JSON.stringify({ ...standing, revision });
      acceptMirrored(runtime, NODE_STANDINGS, node, text);
    }
  });
}

/** Forgets what nodes held against pods, before pods are bound to them. Inside a transaction. */
export function clearStandings(runtime: StoreRuntime, cleared: readonly ClearedNode[]): void {
  for (const { node, revision } of cleared) {
    const copy = runtime.context.commits.read({ resource: NODE_STANDINGS, name: node });
    // The answer that says so may be older than what the store was told since.
    const isOlder = copy !== null && ((copy as NodeStandingCopy).revision ?? 0) <= revision;
    if (isOlder) acceptMirrored(runtime, NODE_STANDINGS, node, null);
  }
}
