import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { deepEqual } from '../registry/rest/deep-equal.ts';
import { CLUSTER_PLANNERS, NAMESPACE_PLANNERS } from './index.ts';
import type { Write } from './planner.ts';
import { MemoryObjects } from './testing/memory-objects.ts';
import { TEST_RESOURCES } from './testing/test-resources.ts';

/**
 * `<kind>/testdata/<case>.input.yaml` holds what a store has, the planner, its key and the time;
 * `<case>.plan.yaml` the plan that must come of it. UPDATE_GOLDEN=1 writes the plans anew, for a
 * person to read the difference.
 */
interface Input {
  readonly planner: string;
  readonly key: string;
  readonly now: string;
  readonly lastFailure?: string;
  readonly objects: readonly KubernetesObject[];
}

const folder = import.meta.dirname;
const inputs = globSync('*/testdata/*.input.yaml', { cwd: folder }).sort();

describe('plans', () => {
  it('have examples', () => expect(inputs.length).toBeGreaterThan(15));

  it.each(inputs)('are as written down for %s', (file) => {
    const plan = stringify(planFor(parse(readFileSync(`${folder}/${file}`, 'utf8')) as Input), {
      lineWidth: 0,
      aliasDuplicateObjects: false,
    });
    const expected = `${folder}/${file.replace('.input.', '.plan.')}`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(expected, plan);
    expect(existsSync(expected)).toBe(true);
    expect(plan).toBe(readFileSync(expected, 'utf8'));
  });
});

function planFor(input: Input): unknown {
  const isCluster = CLUSTER_PLANNERS.some(({ name }) => name === input.planner);
  const inNamespace = NAMESPACE_PLANNERS.some(({ name }) => name === input.planner);
  const objects = new MemoryObjects(inNamespace ? 'shop' : '');
  for (const object of input.objects) {
    objects.put({ resource: resourceOf(object), name: object.metadata.name ?? '' }, object);
  }
  if (input.lastFailure !== undefined) {
    objects.setFailure(input.planner, input.key, input.lastFailure);
  }
  const planners = isCluster && !inNamespace ? CLUSTER_PLANNERS : NAMESPACE_PLANNERS;
  const planner = planners.find(({ name }) => name === input.planner)!;
  const observed = planner.observe(objects, input.key);
  if (observed === null) return 'nothing to do';
  const plan = planner.plan(observed, Date.parse(input.now));
  return { ...plan, writes: plan.writes.map((write) => summary(write, objects)) };
}

/** A write as a person would put it: what it sets, and whom its events are about. */
function summary(write: Write, objects: MemoryObjects): unknown {
  const { announce, ...rest } = write;
  const events =
    announce === undefined
      ? {}
      : {
          announce: {
            ...announce,
            regarding: `${announce.regarding.kind ?? ''}/${announce.regarding.metadata.name ?? ''}`,
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

function resourceOf({ apiVersion, kind }: KubernetesObject): string {
  for (const [resource, info] of TEST_RESOURCES) {
    const version = info.group === '' ? info.version : `${info.group}/${info.version}`;
    if (info.kind === kind && version === apiVersion) return resource;
  }
  throw new Error(`no resource for ${kind ?? ''}`);
}
