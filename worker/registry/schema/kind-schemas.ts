import { COMPILED, findSchema, type StructSchema } from './schema.ts';

let names: ReadonlyMap<string, string> | undefined;

/** The schema of any kind, served as a resource or not: of what subresources take as well. */
export function findKindSchema(
  group: string,
  version: string,
  kind: string,
): StructSchema | undefined {
  names ??= new Map(
    Object.entries(COMPILED.types).flatMap(([name, { g }]) =>
      g === undefined ? [] : [[g.join('/'), name] as const],
    ),
  );
  const name = names.get(`${group}/${version}/${kind}`);
  return name === undefined ? undefined : findSchema(name);
}
