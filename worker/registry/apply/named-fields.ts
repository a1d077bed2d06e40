import { childrenOf, EMPTY_SET, type FieldSet, type MutableSet, SELF } from './field-set.ts';
import { memberType, type MergeType } from './merge-type.ts';

/**
 * The set with every declared field that has something of the set below it. Such fields are not
 * owned by themselves, but where owned fields are removed, they go with the last that is in them.
 */
export function withNamedFields(type: MergeType | undefined, set: FieldSet): FieldSet {
  const result: MutableSet = {};
  for (const element of Object.keys(set)) {
    if (element === SELF) continue;
    const node = set[element] ?? EMPTY_SET;
    const below = childrenOf(set, element);
    if (below === undefined) {
      result[element] = node;
      continue;
    }
    const named = withNamedFields(typeBelow(type, element), below);
    const isNamed = element.startsWith('f:') && type?.map?.field(element.slice(2)) !== undefined;
    const isOwned = isNamed || node[SELF] !== undefined;
    result[element] = isOwned ? { ...named, [SELF]: EMPTY_SET } : named;
  }
  return result;
}

/** The type of what an element of a path leads to; undefined where the type does not know it. */
function typeBelow(type: MergeType | undefined, element: string): MergeType | undefined {
  if (element.startsWith('f:')) {
    return type?.map === undefined ? undefined : memberType(type.map, element.slice(2));
  }
  return element.startsWith('k:') ? type?.list?.element : undefined;
}
