import { isFinished, podView } from '../effects/pods.ts';
import type { StoreRuntime } from './store-runtime.ts';

/** Makes pods due for the scheduling effect: those without a node, or those that hold room on one. */
export function enqueuePods(runtime: StoreRuntime, which: 'waiting' | 'bound'): void {
  const { commits, store } = runtime.context;
  commits.transact(() => {
    for (const { name } of store.list('pods', {})) {
      const pod = commits.read({ resource: 'pods', name });
      if (pod === null) continue;
      const view = podView(pod);
      if (isFinished(view) || (view.nodeName === '') !== (which === 'waiting')) continue;
      runtime.enqueue('scheduling', `${name}/${view.uid}`);
    }
  });
}
