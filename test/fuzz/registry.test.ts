import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAPIVersion } from '../../apimachinery/meta.ts';
import { RESOURCES } from '../../worker/registry/resource-table.ts';
import { toTable } from '../../worker/registry/table-convert.ts';
import { jsonPatches, mergePatches, mutatedObject, type Plain } from './mutations.ts';
import { isStored, Pipeline } from './pipeline.ts';
import { fuzzRuns } from './runs.ts';
import { SAMPLES } from './samples.ts';

// Of `FAIRLEAD_FUZZ_RUNS` each kind gets its share.
const kinds = [...RESOURCES.values()].filter((info) => info.verbs.includes('create'));
const numRuns = Math.max(20, Math.ceil(fuzzRuns(60 * kinds.length) / kinds.length));

describe.each(kinds)('any $kind', (info) => {
  const pipeline = new Pipeline(info);
  const apiVersion = formatAPIVersion(info.group, info.version);
  const objects = mutatedObject(info.schema, apiVersion, info.kind);

  it('is stored or refused, and never breaks the server', () => {
    fc.assert(
      fc.property(objects, (object) => {
        const outcome = pipeline.create(JSON.stringify(object));
        if (!isStored(outcome)) return;
        const options = { includeObject: 'Object', now: 0, headers: true } as const;
        expect(toTable(info, [outcome.object], options).rows).toHaveLength(1);
        // What is stored can be sent again as it is: it is complete, valid and no change.
        const again = pipeline.patch(outcome.object, 'merge', '{}');
        expect(again).toEqual(outcome);
      }),
      { numRuns },
    );
  });

  it('is patched or refused, whatever the patch', () => {
    const sample = SAMPLES[info.kind];
    const base = fc.oneof(objects, fc.constant(sample ?? {}));
    const patches = fc.oneof(
      fc.tuple(fc.constant('json' as const), jsonPatches),
      fc.tuple(fc.constant('merge' as const), mergePatches(info.schema)),
      fc.tuple(fc.constant('strategic' as const), mergePatches(info.schema)),
    );
    fc.assert(
      fc.property(base, fc.array(patches, { maxLength: 3 }), (object, steps) => {
        let outcome = pipeline.create(JSON.stringify({ ...object, apiVersion, kind: info.kind }));
        for (const [type, patch] of steps) {
          if (!isStored(outcome)) return;
          const next = pipeline.patch(outcome.object, type, JSON.stringify(patch));
          if (isStored(next)) outcome = next;
        }
      }),
      { numRuns },
    );
  });

  it('is applied or refused; applied again it changes nothing', () => {
    fc.assert(
      fc.property(objects, objects, (first, second) => {
        const made = pipeline.create(JSON.stringify(first));
        const live = isStored(made) ? made.object : null;
        const once = pipeline.apply(live, named(second));
        if (!isStored(once)) return;
        const twice = pipeline.apply(once.object, named(second));
        expect(twice).toEqual(once);
      }),
      { numRuns },
    );
  });
});

/** Configurations name the object, and bring no managedFields. */
function named(object: Plain): Plain {
  const { managedFields: _, ...metadata } = object['metadata'] as Plain;
  return { ...object, metadata: { ...metadata, name: 'a' } };
}
