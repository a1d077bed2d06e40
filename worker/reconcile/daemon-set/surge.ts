import type { Pod } from '../kinds.ts';
import { NO_CHANGES } from './changes.ts';
import type { Changes } from './changes.ts';
import { isAvailable } from './manage.ts';
import type { UpdateContext } from './rolling-update.ts';

/**
 * Gives nodes a new pod beside their old one, and takes the old one when the new one is available.
 * Nodes whose old pod is not available get theirs at once, of the others as many as may have two.
 */
export function planSurge({ set, nodes, wanted, limits, now }: UpdateContext): Changes {
  const deletes: Pod[] = [];
  const unwanted: Pod[] = [];
  const broken: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  let available = 0;
  for (const [node, state] of nodes) {
    if (!state.isClear) {
      surging++;
      continue;
    }
    const { fresh, old } = state;
    const first = old ?? fresh;
    if (first !== null && isAvailable(set, first, now)) available++;
    if (old === null) continue;
    if (fresh !== null) {
      if (isAvailable(set, fresh, now)) deletes.push(old);
      else surging++;
    } else if (!isAvailable(set, old, now)) {
      if (wanted.has(node)) broken.push(node);
      else deletes.push(old);
    } else if (wanted.has(node)) candidates.push(node);
    else unwanted.push(old);
  }
  // Where the pods move to other nodes, the old ones serve until the new ones do.
  deletes.push(...unwanted.slice(0, Math.max(0, available - wanted.size)));
  const room = Math.max(0, limits.maxSurge - surging);
  return { ...NO_CHANGES, creates: [...broken, ...candidates.slice(0, room)], deletes };
}
