import { unionSets } from './field-set.ts';
import { sortFields } from './fields-v1.ts';
import { compareTexts, type Manager, managerID, type Managers, secondsOf } from './managers.ts';

const MAX_UPDATE_MANAGERS = 10;
/** Who owns what those wrote who were too many to be told apart. */
const ANCIENT_MANAGER = 'ancient-changes';

/** Merges the oldest of those who updated, version by version, until ten are left. */
export function capManagers(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  if (updaters.length <= MAX_UPDATE_MANAGERS) return;
  updaters.sort(
    ([a, left], [b, right]) => secondsOf(left) - secondsOf(right) || compareTexts(a, b),
  );
  const firsts = new Map<string, string>();
  let count = updaters.length;
  for (const [id, manager] of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) return;
    const { apiVersion } = manager;
    const first = firsts.get(apiVersion);
    if (first === undefined) {
      firsts.set(apiVersion, id);
      continue;
    }
    mergeIntoBucket(managers, first, id, manager);
    count--;
  }
}

function mergeIntoBucket(managers: Managers, first: string, id: string, manager: Manager): void {
  const identity = { ...manager, name: ANCIENT_MANAGER, subresource: '' };
  const bucketID = managerID(identity);
  const bucket = managers.get(bucketID) ?? managers.get(first);
  if (bucket === undefined) return;
  if (!managers.has(bucketID)) managers.delete(first);
  const set = sortFields(unionSets(manager.set, bucket.set));
  // The time is that of the later of the two.
  managers.set(bucketID, { ...identity, set });
  managers.delete(id);
}
