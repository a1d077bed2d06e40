import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { structOf } from '../../../test/schema-arbitraries.ts';
import { lookupSchema } from '../schema/schema.ts';
import { newCompiledTypes } from './compiled-managed-types.ts';
import { newFieldManager } from './field-manager.ts';
import { validateValue } from './validate-value.ts';

const types = newCompiledTypes('v1', 'Pod', lookupSchema('io.k8s.api.core.v1.Pod'));
const manager = newFieldManager(types);

type Config = Readonly<Record<string, unknown>>;

const BARE: Config = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };

/** The value without nulls and without lists and maps that have nothing in them. */
function withoutEmpties(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutEmpties).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value !== 'object') return value;
  const members = Object.entries(value ?? {})
    .map(([name, member]) => [name, withoutEmpties(member)] as const)
    .filter(([, member]) => member !== undefined);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/**
 * Specs of pods that can be applied: of the type, no element twice, and with nothing in them that
 * cannot be owned, as an empty list cannot.
 */
const CONFIGS: fc.Arbitrary<Config> = structOf(lookupSchema('io.k8s.api.core.v1.PodSpec'), 3)
  .map((spec) => {
    const whole = types.normalize({ apiVersion: 'v1', kind: 'Pod', spec });
    return { ...BARE, spec: withoutEmpties(whole['spec']) ?? {} };
  })
  .filter((config) => {
    try {
      validateValue(types.type, config, false);
      return true;
    } catch {
      // Keys that come twice, for one.
      return false;
    }
  });

/** A live object has a uid, or it would count as new. */
const stored = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, uid: 'uid' },
});

function apply(live: KubernetesObject | null, name: string, applied: Config, force = false) {
  const write = { live, applied, manager: name, subresource: '', now: 0, force };
  return stored(manager.apply(write).object);
}

describe('server-side apply', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(CONFIGS, (config) => {
        const once = apply(null, 'm', config);
        const twice = apply(once, 'm', config);
        expect(twice['spec']).toEqual(once['spec']);
      }),
    );
  });

  it('removes everything that it made when nothing is applied any more', () => {
    fc.assert(
      fc.property(CONFIGS, (config) => {
        const start = apply(null, 'other', { ...BARE, spec: { hostname: 'kept' } });
        const end = apply(apply(start, 'm', config, true), 'm', BARE);
        expect(end.metadata.managedFields?.every((e) => e.manager === 'other') ?? true).toBe(true);
        const owned = apply(end, 'other', { ...BARE, spec: { hostname: 'kept' } }, true);
        expect(owned['spec']).toEqual(start['spec']);
      }),
    );
  });

  it('always succeeds with force', () => {
    fc.assert(
      fc.property(CONFIGS, CONFIGS, (a, b) => {
        expect(() => apply(apply(null, 'm1', a), 'm2', b, true)).not.toThrow();
      }),
    );
  });

  it('never conflicts where two managers have no field in common', () => {
    fc.assert(
      fc.property(CONFIGS, CONFIGS, (a, b) => {
        const mine = a['spec'] as Record<string, unknown>;
        const yours = Object.fromEntries(
          Object.entries(b['spec'] as object).filter(([name]) => !Object.hasOwn(mine, name)),
        );
        const live = apply(null, 'm1', a);
        expect(() => apply(live, 'm2', { ...b, spec: yours })).not.toThrow();
      }),
    );
  });

  it('leaves the objects that it is given as they were', () => {
    fc.assert(
      fc.property(CONFIGS, CONFIGS, (a, b) => {
        const live = apply(null, 'm1', a);
        const before = JSON.stringify([live, b]);
        apply(live, 'm2', b, true);
        expect(JSON.stringify([live, b])).toBe(before);
      }),
    );
  });
});

describe('updates', () => {
  it('own nothing when they change nothing', () => {
    fc.assert(
      fc.property(CONFIGS, (config) => {
        const live = apply(null, 'm', config);
        const write = { live, updated: live, manager: 'u', subresource: '', now: 1 };
        expect(manager.update(write)).toEqual(live);
      }),
    );
  });

  it('take from others what they change, so that those conflict when they apply again', () => {
    fc.assert(
      fc.property(CONFIGS, (config) => {
        const applied = { ...config, spec: { ...(config['spec'] as object), hostname: 'mine' } };
        const live = apply(null, 'm', applied);
        const updated = { ...live, spec: { ...(live['spec'] as object), hostname: 'yours' } };
        const write = { live, updated, manager: 'u', subresource: '', now: 1 };
        const next = manager.update(write);
        const text = 'Apply failed with 1 conflict: conflict with "u" using v1: .spec.hostname';
        expect(() => apply(next, 'm', applied)).toThrow(text);
      }),
    );
  });
});
