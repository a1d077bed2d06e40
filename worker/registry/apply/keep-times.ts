import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { deepEqual } from '../rest/deep-equal.ts';

/**
 * The object with the times of the live one's managers where nothing else has changed: times alone
 * are no reason to write. Call it once everything else is as it will be stored.
 */
export function keepTimes(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const entries = object.metadata.managedFields ?? [];
  const olds = live.metadata.managedFields ?? [];
  if (entries.length === 0 || entries.length !== olds.length) return object;
  if (entries.every((entry, i) => entry.time === olds[i]?.time)) return object;
  const kept = {
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: entries.map((entry, i) => {
        const { time: _, ...rest } = entry;
        const time = olds[i]?.time;
        return time === undefined ? rest : { ...rest, time };
      }),
    },
  };
  return deepEqual(kept, live) ? kept : object;
}
