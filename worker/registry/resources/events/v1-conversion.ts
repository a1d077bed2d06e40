import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { Conversion } from '../../kind-table.ts';

/** Fields by their names in the core group and in events.k8s.io/v1. */
const NAMES: readonly [core: string, events: string][] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

const TO_CORE: ReadonlyMap<string, string> = new Map(NAMES.map(([core, events]) => [events, core]));
const TO_EVENTS: ReadonlyMap<string, string> = new Map(NAMES);

/** events.k8s.io/v1, which says the same as the core group in other words. */
export const EVENTS_V1: Conversion = {
  fromStored: (stored) => renamed(stored, TO_EVENTS, 'events.k8s.io/v1'),
  toStored: (view) => renamed(view, TO_CORE, 'v1'),
};

/** Fields of a name that the other group has for something else are not there before either. */
function renamed(
  object: KubernetesObject,
  names: ReadonlyMap<string, string>,
  apiVersion: string,
): KubernetesObject {
  const converted: KubernetesObject = { ...object, apiVersion };
  for (const [field, value] of Object.entries(object)) {
    const name = names.get(field);
    if (name === undefined) {
      // Where Go writes a null for no time, the other group may have no field that is always there.
      if (value === null) delete converted[field];
      continue;
    }
    delete converted[field];
    if (value !== null) converted[name] = value;
  }
  return converted;
}
