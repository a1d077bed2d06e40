import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { deepEqual } from '../registry/rest/deep-equal.ts';
import type { Write } from './planner.ts';
import { planGolden } from './testing/golden-input.ts';
import type { GoldenInput } from './testing/golden-input.ts';
import type { MemoryObjects } from './testing/memory-objects.ts';

/**
 * `<kind>/testdata/<case>.input.yaml` → `<case>.plan.yaml`. UPDATE_GOLDEN=1 writes the plans anew, for
 * a person to read the difference.
 */
const folder = import.meta.dirname;
const inputs = globSync('*/testdata/*.input.yaml', { cwd: folder }).sort();

describe('plans', () => {
  it('have examples', () => expect(inputs.length).toBeGreaterThan(15));

  it.each(inputs)('are as written down for %s', (file) => {
    const plan = stringify(
      planFor(parse(readFileSync(`${folder}/${file}`, 'utf8')) as GoldenInput),
      {
        lineWidth: 0,
        aliasDuplicateObjects: false,
      },
    );
    const expected = `${folder}/${file.replace('.input.', '.plan.')}`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(expected, plan);
    expect(existsSync(expected)).toBe(true);
    expect(plan).toBe(readFileSync(expected, 'utf8'));
  });
});

function planFor(input: GoldenInput): unknown {
  const { plan, objects } = planGolden(input);
  if (plan === null) return 'nothing to do';
  const { events } = plan;
  return {
    ...plan,
    writes: plan.writes.map((write) => summary(write, objects)),
    ...(events === undefined
      ? {}
      : { events: events.map((event) => ({ ...event, regarding: nameOf(event.regarding) })) }),
  };
}

const nameOf = ({ kind = '', metadata }: KubernetesObject): string =>
  `${kind}/${metadata.name ?? ''}`;

/** A write as a person would put it: what it sets, and whom its events are about. */
function summary(write: Write, objects: MemoryObjects): unknown {
  const { announce, ...rest } = write;
  const events =
    announce === undefined
      ? {}
      : {
          announce: {
            ...announce,
            regarding: nameOf(announce.regarding),
          },
        };
  if (write.verb !== 'update' && write.verb !== 'updateStatus') return { ...rest, ...events };
  const { verb, resource, object } = write;
  const name = object.metadata.name ?? '';
  return { verb, resource, name, set: changes(object, objects.get(resource, name)!), ...events };
}

/** Fields of the first two levels that differ; null for those that are gone. */
function changes(object: KubernetesObject, old: KubernetesObject): Record<string, unknown> {
  const [next, before] = [fields(object), fields(old)];
  const names = [...new Set([...next.keys(), ...before.keys()])];
  return Object.fromEntries(
    names
      .filter((name) => !deepEqual(next.get(name), before.get(name)))
      .map((name) => [name, next.get(name) ?? null]),
  );
}

function fields(object: KubernetesObject): Map<string, unknown> {
  return new Map(
    Object.entries(object).flatMap(([outer, value]) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).map(([inner, field]): [string, unknown] => [
            `${outer}.${inner}`,
            field,
          ])
        : [[outer, value] as [string, unknown]],
    ),
  );
}
