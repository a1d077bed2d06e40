import { revisionAt } from '../../../apimachinery/revision.ts';
import type { StoreContext } from '../store/store-context.ts';

/** How long an Event stays after its last occurrence: kube-apiserver's `--event-ttl`. */
export const EVENT_TTL_MS = 60 * 60_000;
/** Events removed per turn. */
const EVENTS_PER_TURN = 500;
const ROWS_PER_READ = 500;

/** Removes Events past their time, a bounded number of them. Inside a transaction. */
export function expireEvents(context: StoreContext): void {
  const before = revisionAt(context.now() - EVENT_TTL_MS);
  let removed = 0;
  let after = '';
  for (;;) {
    const rows = context.store.list('events', { after, limit: ROWS_PER_READ });
    for (const row of rows) {
      if (row.revision > before) continue;
      if (removed === EVENTS_PER_TURN) return;
      const event = context.commits.read({ resource: 'events', name: row.name });
      if (event !== null) context.commits.remove('events', event);
      removed += 1;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_READ) return;
    after = last.name;
  }
}
