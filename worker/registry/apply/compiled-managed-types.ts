import { StructDecoder } from '../schema/decode-struct.ts';
import { fromPlain, isObjectNode } from '../schema/json-node.ts';
import type { StructSchema } from '../schema/schema.ts';
import { structMergeType } from './compiled-merge-type.ts';
import type { ManagedTypes } from './managed-types.ts';
import type { PlainObject } from './merge-type.ts';

/** The types of a built-in kind, which has one version. */
export function newCompiledTypes(
  apiVersion: string,
  kind: string,
  struct: StructSchema,
): ManagedTypes {
  let empty: PlainObject | undefined;
  const normalize = (value: PlainObject): PlainObject => {
    const node = fromPlain(value);
    if (!isObjectNode(node)) throw new Error('not an object');
    return new StructDecoder().decode(node, struct);
  };
  return {
    apiVersion,
    kind,
    type: structMergeType(struct),
    isDecoded: true,
    newEmpty: () => (empty ??= normalize({ apiVersion, kind })),
    normalize,
    version: () => undefined,
  };
}
