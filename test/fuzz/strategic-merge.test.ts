import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyStrategicMergePatch } from '../../worker/registry/patch/strategic-merge-patch.ts';
import { fuzzRuns } from './runs.ts';

/**
 * A model of strategic merge for the shapes that people patch: maps merge, nulls delete, containers
 * merge by name, ports by port, commands are replaced, finalizers are a set. It knows nothing of
 * schemas, and is written for being obviously right, not for speed.
 */
const KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  env: 'name',
  ports: 'containerPort',
  volumes: 'name',
};
const SETS = new Set(['finalizers']);

type Plain = Record<string, unknown>;
const isMap = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function model(original: unknown, patch: unknown, name = ''): unknown {
  if (isMap(patch)) {
    const base: Plain = isMap(original) ? { ...original } : {};
    if (patch['$patch'] === 'replace') return without(patch, '$patch');
    for (const [key, value] of Object.entries(patch)) {
      if (value === null) delete base[key];
      else base[key] = key in base ? model(base[key], value, key) : withoutDirectives(value);
    }
    return base;
  }
  const key = KEYS[name];
  if (Array.isArray(patch) && key !== undefined) return mergeByKey(original, patch as Plain[], key);
  if (Array.isArray(patch) && SETS.has(name)) {
    return [...new Set([...((original ?? []) as unknown[]), ...(patch as unknown[])])];
  }
  return patch;
}

function mergeByKey(original: unknown, patch: readonly Plain[], key: string): Plain[] {
  let result = [...((original ?? []) as Plain[])];
  for (const element of patch) {
    const at = result.findIndex((known) => known[key] === element[key]);
    if (element['$patch'] === 'delete') result = result.filter((_, i) => i !== at);
    // Elements that are new are taken as they are.
    else if (at < 0) result = [...result, element];
    else result = result.map((known, i) => (i === at ? (model(known, element) as Plain) : known));
  }
  return result;
}

/** What there was nothing to patch with: directives in it say nothing. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isMap(item) || !('$patch' in item)).map(withoutDirectives);
  }
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withoutDirectives(v)]));
}

const without = (map: Plain, key: string): Plain =>
  Object.fromEntries(Object.entries(map).filter(([k]) => k !== key));

const names = fc.constantFrom('a', 'b', 'c');
const texts = fc.constantFrom('x', 'y', 'z');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const byName = { selector: (item: Plain) => item['name'], maxLength: 3 };

function podOf(isPatch: boolean): fc.Arbitrary<Plain> {
  const deletable = <T>(arbitrary: fc.Arbitrary<T>) =>
    isPatch
      ? fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: fc.constant(null) })
      : arbitrary;
  const element = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Plain> => {
    const whole = fc.record<Plain>({ name: names, ...fields }).map(defined);
    return isPatch
      ? fc.oneof(
          { weight: 5, arbitrary: whole },
          { weight: 1, arbitrary: names.map((name): Plain => ({ name, $patch: 'delete' })) },
        )
      : whole;
  };
  const env = fc.uniqueArray(element({ value: maybe(deletable(texts)) }), byName);
  const ports = fc.uniqueArray(
    fc
      .record<Plain>({
        containerPort: fc.constantFrom(80, 81),
        name: maybe(deletable(texts)),
      })
      .map(defined),
    { selector: (port) => port['containerPort'], maxLength: 2 },
  );
  const container = element({
    image: maybe(deletable(texts)),
    command: maybe(deletable(fc.array(texts, { maxLength: 2 }))),
    env: maybe(env),
    ports: maybe(ports),
  });
  return fc
    .record<Plain>({
      metadata: fc
        .record<Plain>({
          labels: maybe(fc.dictionary(names, deletable(texts), { maxKeys: 3 })),
          finalizers: maybe(fc.uniqueArray(texts, { maxLength: 3 })),
        })
        .map(defined),
      spec: fc
        .record<Plain>({
          containers: maybe(fc.uniqueArray(container, byName)),
          nodeName: maybe(deletable(texts)),
        })
        .map(defined),
    })
    .map(defined);
}

const defined = (map: Plain): Plain =>
  Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));

/** What a patch leaves as null is dropped when it is decoded: it means that there is nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNulls(member)]));
}

/** Merging leaves the order of lists to directives: as sets of elements they must be the same. */
function unordered(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => unordered(item));
    const isSet = Object.hasOwn(KEYS, name) || SETS.has(name);
    return isSet ? items.map((item) => JSON.stringify(item)).sort() : items;
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(
    ([key, member]) => [key, unordered(member, key)] as const,
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

it('strategic merge agrees with a model of it', () => {
  fc.assert(
    fc.property(podOf(false), podOf(true), (original, patch) => {
      const merged = applyStrategicMergePatch(original, patch, 'io.k8s.api.core.v1.Pod');
      expect(unordered(withoutNulls(merged))).toEqual(
        unordered(withoutNulls(model(original, patch))),
      );
    }),
    { numRuns: fuzzRuns(1_000) },
  );
});
