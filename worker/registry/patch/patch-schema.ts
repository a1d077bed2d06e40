import type { FieldType, StructSchema } from '../schema/schema.ts';
import { newBadPatch } from './patch-error.ts';

/** How strategic merge treats what is at one place of an object. */
export interface PatchMeta {
  /** `merge`, `replace`, or '' for the default: maps merge, lists are replaced. */
  readonly strategy: string;
  /** The field that identifies the elements of a list of objects; '' for a list of scalars. */
  readonly mergeKey: string;
  /** What the elements of the list, or the members of the map, are. */
  readonly type: PatchType;
}

/** The type of a value that is being merged; undefined below what the schema leaves open. */
export type PatchType = FieldType | undefined;

export const structType = (struct: StructSchema): PatchType => ({ kind: 'struct', struct });

/** The rule for a member of a map or struct. Throws BadRequest for a field that there is not. */
export function lookupPatchMeta(type: PatchType, key: string): PatchMeta {
  if (type === undefined || type.kind === 'any' || type.kind === 'scalar' || type.kind === 'list') {
    return { strategy: '', mergeKey: '', type: undefined };
  }
  if (type.kind === 'map') return { strategy: '', mergeKey: '', type: type.element };
  const field = type.struct.fields.get(key);
  if (field === undefined) {
    throw newBadPatch(
      `unable to find api field in struct ${type.struct.shortName} for the json field ${JSON.stringify(key)}`,
    );
  }
  const strategy = field.patchStrategies.find((s) => s !== 'retainKeys') ?? '';
  return {
    strategy,
    mergeKey: field.patchMergeKey ?? '',
    type: field.type.kind === 'list' ? field.type.element : field.type,
  };
}
