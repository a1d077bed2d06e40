import type { Pod } from '../kinds.ts';
import type { MemoryStore } from './memory-store.ts';
import type { ScriptedKubelet } from './scripted-kubelet.ts';

/**
 * What may happen to a pod of any controller whose selector is `app: web`, by its name: it is
 * deleted, its node lets it end, it loses its owner, or its label changes to and fro.
 *
 * @throws Error for any other name.
 */
export function befall(
  { store, kubelet }: { readonly store: MemoryStore; readonly kubelet: ScriptedKubelet },
  pod: Pod,
  mishap: string,
): void {
  const { name } = pod.metadata;
  switch (mishap) {
    case 'delete':
      store.delete('pods', name);
      break;
    case 'terminate':
      kubelet.finishTermination(pod);
      break;
    case 'disown':
      store.edit('pods', name, ({ metadata }) => delete metadata.ownerReferences);
      break;
    case 'relabel':
      store.edit('pods', name, ({ metadata }) => {
        const { labels = {} } = metadata;
        metadata.labels = { ...labels, app: labels['app'] === 'web' ? 'other' : 'web' };
      });
      break;
    default:
      throw new Error(`nothing called ${mishap} happens to pods`);
  }
}
