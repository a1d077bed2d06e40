import {
  childrenOf,
  EMPTY_SET,
  type FieldSet,
  hasElement,
  isEmptySet,
  type MutableSet,
  SELF,
} from './field-set.ts';
import { memberType, type MergeType } from './merge-type.ts';

/**
 * Brings a set that was written under another schema to this one: who owned something in a value
 * that is atomic by the schema owns that value. (An atomic value that is granular by the schema
 * stays owned as it is.) The set itself where there is nothing to change.
 */
export function reconcileFields(type: MergeType, set: FieldSet): FieldSet {
  return reconcile(type, set) ?? set;
}

/** The changed node, or undefined where there is nothing to change. */
function reconcile({ map, scalar, list }: MergeType, node: FieldSet): FieldSet | undefined {
  if (map !== undefined) {
    if (map.isOpen) return undefined;
    return reconcileBelow(node, (element) =>
      element.startsWith('f:') ? memberType(map, element.slice(2)) : map.element,
    );
  }
  if (scalar !== undefined || list === undefined) return undefined;
  return reconcileBelow(node, () => list.element);
}

function reconcileBelow(
  node: FieldSet,
  typeOf: (element: string) => MergeType | undefined,
): FieldSet | undefined {
  let result: MutableSet | undefined;
  for (const element in node) {
    if (element === SELF) continue;
    const type = typeOf(element);
    if (type === undefined) continue;
    const below = childrenOf(node, element);
    const child =
      below !== undefined && isOwnedWhole(type, below)
        ? EMPTY_SET
        : below === undefined
          ? undefined
          : reconcile(type, below);
    if (child === undefined) continue;
    result ??= { ...node };
    result[element] = child;
    if (hasElement(node, element) && !isEmptySet(child)) {
      result[element] = { ...child, [SELF]: EMPTY_SET };
    }
  }
  return result;
}

function isOwnedWhole({ map, scalar, list }: MergeType, below: FieldSet): boolean {
  if (map !== undefined) return map.atomic && !map.isOpen && !isEmptySet(below);
  return scalar === undefined && list?.atomic === true;
}
