import { setOwn } from '../schema/json-node.ts';
import { childrenOf, type FieldSet, hasElement } from './field-set.ts';
import { listElementIfAny } from './list-element.ts';
import { isListValue, isMapValue, memberType, type MergeType, resolveShape } from './merge-type.ts';

/**
 * A value without the members and items of a set. What is left with nothing in it becomes null, as
 * does an atomic value in which something was to be removed: its type says what null stands for.
 */
export function removeFields(type: MergeType, value: unknown, fields: FieldSet): unknown {
  const { map, scalar, list } = resolveShape(type, value);
  if (map !== undefined) {
    if (!isMapValue(value) || map.atomic) return null;
    const kept: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      const element = `f:${name}`;
      if (hasElement(fields, element)) continue;
      const below = childrenOf(fields, element);
      const member = memberType(map, name);
      const isKept = below === undefined || member === undefined;
      setOwn(kept, name, isKept ? value[name] : removeFields(member, value[name], below));
    }
    return Object.keys(kept).length === 0 ? null : kept;
  }
  if (scalar !== undefined) return value;
  if (list === undefined || !isListValue(value) || list.atomic) return null;
  const items: unknown[] = [];
  for (const item of value) {
    const element = listElementIfAny(list, item);
    if (hasElement(fields, element)) continue;
    const below = childrenOf(fields, element);
    items.push(below === undefined ? item : removeFields(list.element, item, below));
  }
  return items.length === 0 ? null : items;
}
