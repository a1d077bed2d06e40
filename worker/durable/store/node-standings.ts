import { NODE_STANDINGS } from '../../registry/hidden-resources.ts';
import type { StandingUpdate } from '../scheduler/protocol.ts';
import { acceptMirrored } from './activation.ts';
import type { StoreRuntime } from './store-runtime.ts';

/** Brings this store's copies of what nodes hold against its pods up to date. */
export function acceptStandings(runtime: StoreRuntime, updates: readonly StandingUpdate[]): void {
  // A store without a slot is that of a namespace that is gone, with its pods.
  if (!runtime.clock.holdsSlot) return;
  runtime.context.commits.transact(() => {
    for (const { node, standing } of updates) {
      const text = standing === null ? null : JSON.stringify(standing);
      acceptMirrored(runtime, NODE_STANDINGS, node, text);
    }
  });
}
