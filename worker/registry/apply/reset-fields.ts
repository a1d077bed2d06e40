import type { FieldSet } from './field-set.ts';
import { newFieldSet } from './field-set-builder.ts';

/** The set of paths that are given as texts: `spec`, `metadata.labels`. */
export function newResetFields(paths: readonly string[]): FieldSet {
  return newFieldSet(paths.map((path) => path.split('.').map((name) => `f:${name}`)));
}
