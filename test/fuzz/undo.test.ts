import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { RESOURCES } from '../../worker/registry/resource-table.ts';
import { type Outcome, Pipeline } from './pipeline.ts';
import { fuzzRuns } from './runs.ts';
import { SAMPLES } from './samples.ts';

const info = RESOURCES.get('deployments.apps');
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

/** A store with somebody's Deployment in it. */
function withDeployment(): { pipeline: Pipeline; start: KubernetesObject } {
  if (info === undefined) throw new Error('deployments are not served');
  const pipeline = new Pipeline(info);
  const start = pipeline.create(JSON.stringify({ ...TYPE, ...SAMPLES['Deployment'] }));
  return { pipeline, start: objectOf(start) };
}

function objectOf(outcome: Outcome): KubernetesObject {
  if (!outcome.ok) throw new Error(outcome.status.message);
  return outcome.object;
}

describe('server-side apply', () => {
  it('leaves no trace of what is applied and then not any more', () => {
    fc.assert(
      fc.property(fc.array(additions, { minLength: 1, maxLength: 3 }), (steps) => {
        const { pipeline, start } = withDeployment();
        for (const step of steps) objectOf(pipeline.apply('a', configuration(step)));
        const end = objectOf(pipeline.apply('a', { ...TYPE, metadata: { name: 'a' } }));
        expect(visible(end)).toEqual(visible(start));
        expect(end.metadata.managedFields?.map((e) => e.manager)).not.toContain('applier');
      }),
      { numRuns: fuzzRuns(200) },
    );
  });

  it('lets managers of different fields work beside each other', () => {
    const labels = (prefix: string) =>
      fc.dictionary(
        names.map((name) => `${prefix}${name}`),
        fc.constantFrom('1', '2'),
      );
    fc.assert(
      fc.property(labels('x-'), labels('y-'), (mine, yours) => {
        const { pipeline } = withDeployment();
        const config = (own: object) => ({ ...TYPE, metadata: { name: 'a', labels: own } });
        objectOf(pipeline.apply('a', config(mine), 'one'));
        const two = objectOf(pipeline.apply('a', config(yours), 'two'));
        expect(two.metadata.labels).toEqual({ app: 'a', ...mine, ...yours });
      }),
      { numRuns: fuzzRuns(200) },
    );
  });
});
