import * as fc from 'fast-check';
import { structOf } from '../schema-arbitraries.ts';
import { lookupSchema } from '../../worker/registry/schema/schema.ts';

export type Plain = Record<string, unknown>;

/** Values that have broken parsers before. */
const NASTY = fc.constantFrom<unknown>(
  null,
  '',
  '\u0000',
  '😀',
  -1,
  0.5,
  2 ** 31,
  2 ** 53 + 2,
  1e300,
  true,
  [],
  {},
  [null],
  { '': {} },
  '__proto__',
  'a'.repeat(300),
);

/** An object of a kind, with some of its values put in place of others, of whatever type. */
export function mutatedObject(
  schema: string,
  apiVersion: string,
  kind: string,
): fc.Arbitrary<Plain> {
  return fc
    .tuple(
      structOf(lookupSchema(schema), 6),
      fc.array(fc.tuple(fc.nat(), NASTY), { maxLength: 3 }),
      fc.constantFrom('a', 'a.b', 'A b', ''),
    )
    .map(([body, changes, name]) => {
      // Values are shared between examples, and are about to be changed.
      const object: Plain = { ...(structuredClone(body) as Plain), apiVersion, kind };
      object['metadata'] = { ...(object['metadata'] as Plain | undefined), name };
      for (const [at, value] of changes) replaceAt(object, at, value);
      return object;
    });
}

/** Replaces the `at`-th value of a document, counted depth first. */
function replaceAt(root: Plain, at: number, value: unknown): void {
  const places: { holder: Plain; key: string }[] = [];
  const walk = (holder: Plain): void => {
    for (const key of Object.keys(holder)) {
      if (holder === root && (key === 'apiVersion' || key === 'kind')) continue;
      places.push({ holder, key });
      const member = holder[key];
      if (typeof member === 'object' && member !== null) walk(member as Plain);
    }
  };
  walk(root);
  const place = places[at % Math.max(1, places.length)];
  if (place !== undefined) place.holder[place.key] = structuredClone(value);
}

const POINTERS = fc.constantFrom(
  '',
  '/',
  '/metadata',
  '/metadata/labels',
  '/metadata/labels/a~1b',
  '/metadata/name',
  '/metadata/managedFields',
  '/metadata/managedFields/0/fieldsV1',
  '/spec',
  '/spec/-',
  '/spec/containers',
  '/spec/containers/0',
  '/spec/containers/-',
  '/spec/template/spec/containers/0/image',
  '/spec/ports/0',
  '/spec/replicas',
  '/data/a',
  '/status',
  '/__proto__/x',
  'no-slash',
);

/** JSON patches: mostly of the right form, over paths that may or may not be there. */
export const jsonPatches: fc.Arbitrary<unknown> = fc.oneof(
  fc.array(
    fc.record(
      {
        op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'nope'),
        path: POINTERS,
        from: POINTERS,
        value: fc.oneof(NASTY, fc.jsonValue({ maxDepth: 2 })),
      },
      { requiredKeys: ['op', 'path'] },
    ),
    { maxLength: 4 },
  ),
  NASTY,
);

/** Merge and strategic merge patches: parts of objects, nulls, directives. */
export function mergePatches(schema: string): fc.Arbitrary<unknown> {
  const directives = fc.constantFrom<Plain>(
    {},
    { $patch: 'replace' },
    { $patch: 'delete' },
    { $patch: 'merge' },
    { $patch: 1 },
    { $retainKeys: ['a'] },
    { $retainKeys: 'a' },
    { '$setElementOrder/containers': [{ name: 'a' }] },
    { '$setElementOrder/finalizers': ['x'] },
    { '$deleteFromPrimitiveList/finalizers': ['x'] },
    { '$deleteFromPrimitiveList/finalizers': 'x' },
  );
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(structOf(lookupSchema(schema), 5), directives)
        .map(([body, directive]) => {
          const patch = { ...(body as Plain) };
          if (typeof patch['spec'] === 'object' && patch['spec'] !== null) {
            patch['spec'] = { ...(patch['spec'] as Plain), ...directive };
          } else if (typeof patch['metadata'] === 'object' && patch['metadata'] !== null) {
            patch['metadata'] = { ...(patch['metadata'] as Plain), ...directive };
          } else Object.assign(patch, directive);
          return patch;
        }),
    },
    { weight: 1, arbitrary: NASTY },
  );
}
