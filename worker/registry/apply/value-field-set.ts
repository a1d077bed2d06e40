import { FieldSetBuilder } from './field-set-builder.ts';
import type { FieldSet } from './field-set.ts';
import { listElementIfAny } from './list-element.ts';
import {
  isListValue,
  isMapValue,
  memberType,
  type MergeList,
  type MergeMap,
  type MergeType,
  resolveShape,
} from './merge-type.ts';
import type { PathElement } from './path-element.ts';

/** Every leaf and every element of an associative list that a value mentions. */
export function valueFieldSet(type: MergeType, value: unknown): FieldSet {
  const builder = new FieldSetBuilder();
  collect(type, value, [], builder);
  return builder.set;
}

function collect(
  type: MergeType,
  value: unknown,
  path: PathElement[],
  builder: FieldSetBuilder,
): void {
  const { map, scalar, list } = resolveShape(type, value);
  if (map !== undefined) {
    if (map.atomic) builder.insert(path);
    else if (isMapValue(value)) collectMembers(map, value, path, builder);
  } else if (scalar !== undefined) builder.insert(path);
  else if (list !== undefined) {
    if (list.atomic) builder.insert(path);
    else if (isListValue(value)) collectItems(list, value, path, builder);
  }
}

function collectMembers(
  map: MergeMap,
  value: Readonly<Record<string, unknown>>,
  path: PathElement[],
  builder: FieldSetBuilder,
): void {
  for (const name of Object.keys(value)) {
    const type = memberType(map, name);
    if (type === undefined) continue;
    const member = value[name];
    path.push(`f:${name}`);
    collect(type, member, path, builder);
    const isBare = member === null || (isMapValue(member) && Object.keys(member).length === 0);
    if (isBare || map.field(name) === undefined) builder.insert(path);
    path.pop();
  }
}

function collectItems(
  list: MergeList,
  items: readonly unknown[],
  path: PathElement[],
  builder: FieldSetBuilder,
): void {
  const elements = items.map((item) => listElementIfAny(list, item));
  const seen = new Set<PathElement>();
  const duplicates = new Set<PathElement>();
  for (const element of elements) (seen.has(element) ? duplicates : seen).add(element);
  for (const [i, element] of elements.entries()) {
    path.push(element);
    // Of what comes twice only the element is owned, not what is in it.
    if (!duplicates.has(element)) collect(list.element, items[i], path, builder);
    builder.insert(path);
    path.pop();
  }
}
