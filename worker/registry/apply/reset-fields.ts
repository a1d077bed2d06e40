import type { Strategy } from '../strategy.ts';
import { newFieldSet } from './field-set-builder.ts';
import { EMPTY_SET, type FieldSet } from './field-set.ts';

/** The set of paths that are given as texts: `spec`, `metadata.labels`. */
export function newResetFields(paths: readonly string[]): FieldSet {
  return newFieldSet(paths.map((path) => path.split('.').map((name) => `f:${name}`)));
}

const STATUS_FIELDS = newResetFields(['status']);
const SPEC_FIELDS = newResetFields(['spec']);
const sets = new WeakMap<readonly string[], FieldSet>();

/**
 * What nobody comes to own by writing to a resource, or to one of its subresources, because the
 * endpoint sets it back. An object that has a status endpoint has its status written there only,
 * and nothing else.
 */
export function resetFieldsOf(strategy: Strategy, subresource: string): FieldSet {
  const rules = subresource === '' ? strategy : strategy.subresources?.[subresource];
  const paths = rules?.resetFields;
  if (paths === undefined) {
    if (subresource === 'status') return SPEC_FIELDS;
    const hasStatus = strategy.subresources?.['status'] !== undefined;
    return subresource === '' && hasStatus ? STATUS_FIELDS : EMPTY_SET;
  }
  let set = sets.get(paths);
  if (set === undefined) {
    set = newResetFields(paths);
    sets.set(paths, set);
  }
  return set;
}
