import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { RESOURCES } from '../../worker/registry/resource-table.ts';
import { isStored, Pipeline } from './pipeline.ts';
import { fuzzRuns } from './runs.ts';
import { SAMPLES } from './samples.ts';

const info = RESOURCES.get('deployments.apps');
if (info === undefined) throw new Error('deployments are not served');
const pipeline = new Pipeline(info);
const TYPE = { apiVersion: 'apps/v1', kind: 'Deployment' };

// Not `app` and not `c`: those are the label and the container of the object that is there first.
const names = fc.constantFrom('b', 'd', 'e');
const containers = fc.uniqueArray(
  fc.record({
    name: names,
    image: fc.constantFrom('x', 'y'),
    env: fc.uniqueArray(fc.record({ name: names, value: fc.constantFrom('1', '2') }), {
      selector: (env) => env.name,
      maxLength: 3,
    }),
  }),
  { selector: (container) => container.name, maxLength: 3 },
);

/** Additions to a Deployment that somebody else made: nothing of it is his already. */
const additions = fc.record({
  labels: fc.dictionary(names, fc.constantFrom('1', '2'), { maxKeys: 3 }),
  annotations: fc.dictionary(names, fc.constantFrom('1', '2'), { maxKeys: 3 }),
  containers,
});

const configuration = ({
  labels,
  annotations,
  containers: list,
}: {
  labels: object;
  annotations: object;
  containers: object[];
}) => ({
  ...TYPE,
  metadata: { name: 'a', labels, annotations },
  spec: { template: { spec: { containers: list } } },
});

/** What people see of an object: not who manages it, nor how often it was written. */
function visible({ metadata, ...rest }: KubernetesObject): object {
  const { managedFields: _m, resourceVersion: _r, generation: _g, ...kept } = metadata;
  return JSON.parse(JSON.stringify({ ...rest, metadata: kept }), (_key, value: unknown) =>
    isEmpty(value) ? undefined : value,
  ) as object;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

describe('server-side apply', () => {
  it('APPLY: what is applied and then not any more leaves no trace', () => {
    const start = pipeline.create(JSON.stringify({ ...TYPE, ...SAMPLES['Deployment'] }));
    if (!isStored(start)) throw start.refused;
    fc.assert(
      fc.property(fc.array(additions, { minLength: 1, maxLength: 3 }), (steps) => {
        let live = start.object;
        for (const step of steps) {
          const next = pipeline.apply(live, configuration(step));
          if (!isStored(next)) throw next.refused;
          live = next.object;
        }
        const end = pipeline.apply(live, { ...TYPE, metadata: { name: 'a' } });
        if (!isStored(end)) throw end.refused;
        expect(visible(end.object)).toEqual(visible(start.object));
        expect(end.object.metadata.managedFields?.map((e) => e.manager)).not.toContain('applier');
      }),
      { numRuns: fuzzRuns(200) },
    );
  });

  it('APPLY: managers of different fields never meet', () => {
    const start = pipeline.create(JSON.stringify({ ...TYPE, ...SAMPLES['Deployment'] }));
    if (!isStored(start)) throw start.refused;
    const labels = (prefix: string) =>
      fc.dictionary(
        names.map((name) => `${prefix}${name}`),
        fc.constantFrom('1', '2'),
      );
    fc.assert(
      fc.property(labels('x-'), labels('y-'), (mine, yours) => {
        const config = (own: object) => ({ ...TYPE, metadata: { name: 'a', labels: own } });
        const one = pipeline.apply(start.object, config(mine), 'one');
        if (!isStored(one)) throw one.refused;
        const two = pipeline.apply(one.object, config(yours), 'two');
        if (!isStored(two)) throw two.refused;
        expect(two.object.metadata.labels).toEqual({ app: 'a', ...mine, ...yours });
      }),
      { numRuns: fuzzRuns(200) },
    );
  });
});
