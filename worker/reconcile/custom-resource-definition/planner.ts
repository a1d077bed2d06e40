import { type CustomResourceDefinition, storedDefinition } from '../../registry/crd/types.ts';
import { DEFINITIONS } from '../../registry/hidden-resources.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { planDefinition, type ObservedDefinition } from './plan.ts';

export const definitionPlanner: Planner<ObservedDefinition> = {
  name: 'custom-resource-definition-controller',
  keysFor,
  observe,
  plan: planDefinition,
};

/** Names that become free, or are taken, concern every definition of the group. */
function keysFor({ resource, name, before, after }: Change, reader: Reader): readonly string[] {
  if (resource !== DEFINITIONS) return [];
  const changed = after ?? before;
  if (changed === null) return [];
  const group = storedDefinition(changed).spec.group;
  const others = after !== null && before !== null ? [] : othersOf(reader, group, name);
  return [...(after === null ? [] : [name]), ...others.map((o) => o.metadata.name ?? '')];
}

function observe(reader: Reader, key: string): ObservedDefinition | null {
  const object = reader.get(DEFINITIONS, key);
  if (object === null || object.metadata.deletionTimestamp !== undefined) return null;
  const crd = storedDefinition(object);
  return { crd, others: othersOf(reader, crd.spec.group, key) };
}

function othersOf(reader: Reader, group: string, name: string): CustomResourceDefinition[] {
  return reader
    .list(DEFINITIONS)
    .map(storedDefinition)
    .filter((other) => other.spec.group === group && other.metadata.name !== name);
}
