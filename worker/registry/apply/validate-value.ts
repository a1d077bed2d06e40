import { listElement } from './list-element.ts';
import {
  isListValue,
  isMapValue,
  memberType,
  type MergeList,
  type MergeMap,
  type MergeScalar,
  type MergeType,
  resolveShape,
} from './merge-type.ts';
import { formatPath } from './path-element.ts';
import { goSyntax, goText, goTypeName, type ValueError, ValueErrors } from './value-errors.ts';

/**
 * Makes sure that a value has its type: shapes, declared fields, keys of list maps, and, unless
 * `allowDuplicates`, that no element of an associative list comes twice.
 *
 * @throws ValueErrors in upstream's words.
 */
export function validateValue(type: MergeType, value: unknown, allowDuplicates: boolean): void {
  const errors: ValueError[] = [];
  validate(type, value, { path: [], allowDuplicates, errors });
  if (errors.length > 0) throw new ValueErrors(errors);
}

interface Walk {
  readonly path: string[];
  readonly allowDuplicates: boolean;
  readonly errors: ValueError[];
}

function report(walk: Walk, message: string): void {
  walk.errors.push({ path: formatPath(walk.path), message });
}

function validate(type: MergeType, value: unknown, walk: Walk): void {
  const { map, scalar, list } = resolveShape(type, value);
  if (map !== undefined) validateMap(map, value, walk);
  else if (scalar !== undefined) {
    const message = scalarProblem(scalar, value);
    if (message !== null) report(walk, message);
  } else if (list !== undefined) validateList(list, value, walk);
}

/** What is wrong with a scalar, or null. */
export function scalarProblem(scalar: MergeScalar, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const kind = typeof value;
  switch (scalar) {
    case 'numeric':
      return kind === 'number' ? null : `expected numeric (int or float), got ${goTypeName(value)}`;
    case 'string':
      return kind === 'string'
        ? null
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return kind === 'boolean' ? null : `expected boolean, got &{${goText(value)}}`;
    case 'untyped':
      return kind === 'object' ? `expected any scalar, got &{${goText(value)}}` : null;
    default:
      return scalar satisfies never;
  }
}

function validateList(list: MergeList, value: unknown, walk: Walk): void {
  if (value === null) return;
  if (!isListValue(value)) {
    report(walk, `expected list, got &{${goText(value)}}`);
    return;
  }
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    let element = `i:${i}`;
    if (!list.atomic) {
      try {
        element = listElement(list, item);
      } catch (error) {
        report(walk, `element ${i}: ${error instanceof Error ? error.message : String(error)}`);
        return;
      }
      if (seen.has(element) && !walk.allowDuplicates) {
        report(walk, `duplicate entries for key ${formatPath([element])}`);
      }
      seen.add(element);
    }
    walk.path.push(element);
    validate(list.element, item, walk);
    walk.path.pop();
  }
}

function validateMap(map: MergeMap, value: unknown, walk: Walk): void {
  if (value === null) return;
  if (!isMapValue(value)) {
    report(walk, `expected map, got &{${goText(value)}}`);
    return;
  }
  for (const name of Object.keys(value)) {
    walk.path.push(`f:${name}`);
    const type = memberType(map, name);
    if (type === undefined) report(walk, 'field not declared in schema');
    else validate(type, value[name], walk);
    walk.path.pop();
    // The first field that is not declared ends the walk over its map.
    if (type === undefined) return;
  }
}
