import { objectTypeMismatches } from '../../../../cel/values/struct-literal.ts';
import { toJSON } from '../../../../cel/values/to-json.ts';
import type { Value } from '../../../../cel/values/value.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newStatusError } from '../../../../apimachinery/status-error.ts';
import { structMergeType } from '../../apply/compiled-merge-type.ts';
import {
  isListValue,
  isMapValue,
  type MergeType,
  type PlainObject,
} from '../../apply/merge-type.ts';
import { mergeValues } from '../../apply/merge-values.ts';
import { mergeTypeOf } from '../../apply/resource-managed-types.ts';
import { validateValue } from '../../apply/validate-value.ts';
import { findKindSchema } from '../../schema/kind-schemas.ts';
import { formatKind, type ResourceView } from '../matching/resource-view.ts';
import { withNumbers } from './json-numbers.ts';

/**
 * Merges the configuration that an expression gave into an object, as server-side apply does, with
 * no regard for owners (policy/mutating/patch smd.go).
 *
 * @throws Error with upstream's text: a configuration that the kind does not allow.
 * @throws StatusError ServiceUnavailable: nobody knows how objects of the kind are merged.
 */
export function applyConfiguration(
  value: Value,
  before: KubernetesObject,
  view: ResourceView,
): PlainObject {
  const mismatches = objectTypeMismatches(value);
  if (mismatches.length > 0) throw new Error(`type mismatch: ${mismatches.join('\n')}`);
  const type = mergeTypeFor(view);
  const configuration = withNumbers(toJSON(value), Number);
  if (!isMapValue(configuration)) throw new Error('invalid return type');
  const { apiVersion, kind } = before;
  const patch = { ...configuration, apiVersion, kind };
  const merged = wrapped('error applying patch', () => {
    wrapped('failed to convert patch object to typed object', () =>
      validateValue(type, patch, false),
    );
    const atomics = atomicPaths(type, patch, '');
    if (atomics.length > 0) {
      throw new Error(
        `invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`,
      );
    }
    wrapped('failed to convert original object to typed object', () =>
      validateValue(type, before, false),
    );
    return wrapped('failed to merge patch', () => mergeValues(type, before, patch));
  });
  return isMapValue(merged) ? merged : {};
}

function mergeTypeFor(view: ResourceView): MergeType {
  if (view.isOwnKind) return mergeTypeOf(view.info);
  const { group, version, kind } = view.kind;
  const schema = findKindSchema(group, version, kind);
  if (schema !== undefined) return structMergeType(schema);
  throw newStatusError(
    'ServiceUnavailable',
    `Resource kind ${formatKind(view.kind)} not found. There can be a delay between when CustomResourceDefinitions are created and when they are available.`,
  );
}

/** Runs a step that asks nobody anything, and tells what it was if it fails. */
function wrapped<T>(what: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}: ${why}`, { cause: error });
  }
}

/**
 * Where a configuration would replace something as a whole: what its author did not mean to touch
 * would be gone. As upstream has it, members of maps that are not declared are not looked into.
 */
function atomicPaths(type: MergeType, value: unknown, path: string): string[] {
  const { map, list } = type;
  if (isMapValue(value) && map !== undefined) {
    const below = Object.keys(value).flatMap((name) => {
      const field = map.field(name);
      return field === undefined ? [] : atomicPaths(field, value[name], `${path}.${name}`);
    });
    return map.atomic ? [path, ...below] : below;
  }
  if (isListValue(value) && list !== undefined) {
    const below = value.flatMap((item, i) => atomicPaths(list.element, item, `${path}[${i}]`));
    return list.atomic ? [path, ...below] : below;
  }
  return [];
}
