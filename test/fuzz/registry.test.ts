import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAPIVersion, type KubernetesObject } from '../../apimachinery/meta.ts';
import { RESOURCES } from '../../worker/registry/resource-table.ts';
import { toTable } from '../../worker/registry/table-convert.ts';
import { jsonPatches, mergePatches, mutatedObject, type Plain } from './mutations.ts';
import { Pipeline } from './pipeline.ts';
import { fuzzRuns } from './runs.ts';
import { SAMPLES } from './samples.ts';

// Of `FAIRLEAD_FUZZ_RUNS` each kind gets its share.
const kinds = [...RESOURCES.values()].filter((info) => info.verbs.includes('create'));
const numRuns = Math.max(20, Math.ceil(fuzzRuns(60 * kinds.length) / kinds.length));

describe.each(kinds)('any $kind', (info) => {
  const apiVersion = formatAPIVersion(info.group, info.version);
  const objects = mutatedObject(info.schema, apiVersion, info.kind);
  const nameOf = ({ metadata }: KubernetesObject) => metadata.name ?? '';

  it('is stored or refused, and never breaks the server', () => {
    fc.assert(
      fc.property(objects, (object) => {
        const pipeline = new Pipeline(info);
        const outcome = pipeline.create(JSON.stringify(object));
        if (!outcome.ok) return;
        const options = { includeObject: 'Object', now: 0, headers: true } as const;
        expect(toTable(info, [outcome.object], options).rows).toHaveLength(1);
        // Upstream minds repeated addresses of a Node in updates only.
        if (info.kind === 'Node' && repeatsAddresses(outcome.object)) return;
        // What is stored is complete and valid: to change nothing about it is no change.
        const again = pipeline.patch(nameOf(outcome.object), 'merge', '{}');
        expect(again).toEqual(outcome);
      }),
      { numRuns },
    );
  });

  it('is patched or refused, whatever the patch', () => {
    const base = fc.oneof(objects, fc.constant(SAMPLES[info.kind] ?? {}));
    const patches = fc.oneof(
      fc.tuple(fc.constant('json' as const), jsonPatches),
      fc.tuple(fc.constant('merge' as const), mergePatches(info.schema)),
      fc.tuple(fc.constant('strategic' as const), mergePatches(info.schema)),
    );
    fc.assert(
      fc.property(base, fc.array(patches, { maxLength: 3 }), (object, steps) => {
        const pipeline = new Pipeline(info);
        const made = pipeline.create(JSON.stringify({ ...object, apiVersion, kind: info.kind }));
        if (!made.ok) return;
        for (const [type, patch] of steps) {
          pipeline.patch(nameOf(made.object), type, JSON.stringify(patch));
        }
      }),
      { numRuns },
    );
  });

  it('is applied or refused; applied again it changes nothing', () => {
    fc.assert(
      fc.property(objects, objects, (first, second) => {
        const pipeline = new Pipeline(info);
        const made = pipeline.create(JSON.stringify(first));
        const name = made.ok ? nameOf(made.object) : 'a';
        const apply = () => pipeline.apply(name, named(second, name));
        // Admission taints new nodes: the next apply, if it has taints, sets them as a whole.
        if (info.kind === 'Node') apply();
        const once = apply();
        // Who owns nothing is nobody yet: the next apply finds an object that was never managed.
        if (!once.ok || once.object.metadata.managedFields === undefined) return;
        const twice = apply();
        // A key that was applied as null is stored as no key, by which nothing can be found again.
        if (!twice.ok && /omits all key fields/.test(twice.status.message ?? '')) return;
        expect(twice).toEqual(once);
      }),
      { numRuns },
    );
  });
});

/** Configurations name the object, and say nothing of the version that they saw. */
function named(object: Plain, name: string): Plain {
  const {
    managedFields: _m,
    resourceVersion: _r,
    uid: _u,
    ...metadata
  } = { ...(object['metadata'] as Plain | null) };
  return { ...object, metadata: { ...metadata, name } };
}

function repeatsAddresses({ status }: KubernetesObject): boolean {
  const { addresses = [] } = (status ?? {}) as { addresses?: readonly object[] };
  const texts = addresses.map((address) => JSON.stringify(address));
  return new Set(texts).size < texts.length;
}
