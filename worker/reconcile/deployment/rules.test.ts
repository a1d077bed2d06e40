import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { as } from '../kinds.ts';
import type { Deployment } from '../kinds.ts';
import { sampleDeployment } from '../testing/samples.ts';
import { forNewReplicaSet } from './annotations.ts';
import { rolloutLimits } from './limits.ts';
import { isSameTemplate, templateHash, withHashLabel } from './template.ts';

const withLimits = (replicas: number, maxSurge: unknown, maxUnavailable: unknown): Deployment =>
  as<Deployment>(
    sampleDeployment({
      replicas,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
    }),
  );

describe('the limits of a rolling update', () => {
  it.each<[number, unknown, unknown, number, number]>([
    [10, '25%', '25%', 3, 2],
    [3, '25%', '25%', 1, 0],
    [1, '25%', '25%', 1, 0],
    [4, 0, 0, 0, 1],
    [4, '0%', '0%', 0, 1],
    [4, 0, '10%', 0, 1],
    [4, 2, 9, 2, 4],
    [0, 1, 1, 1, 0],
    [4, undefined, undefined, 1, 1],
    [4, 'x', 'y', 0, 1],
  ])('of %i replicas with %s and %s are %i and %i', (replicas, surge, unavailable, ...want) => {
    const limits = rolloutLimits(withLimits(replicas, surge, unavailable));
    expect([limits.maxSurge, limits.maxUnavailable]).toEqual(want);
  });

  it('do not exist for Recreate', () => {
    const deployment = as<Deployment>(sampleDeployment({ strategy: { type: 'Recreate' } }));
    expect(rolloutLimits(deployment)).toEqual({ maxSurge: 0, maxUnavailable: 0 });
  });
});

describe('a template', () => {
  const template = { metadata: { labels: { a: '1' } }, spec: { containers: [{ name: 'c' }] } };

  it('has a hash that does not depend on the order of fields', () => {
    const turned = { spec: { containers: [{ name: 'c' }] }, metadata: { labels: { a: '1' } } };
    expect(templateHash(turned, 0)).toBe(templateHash(template, 0));
  });

  it('has another hash for each collision', () => {
    const hashes = [0, 1, 2].map((count) => templateHash(template, count));
    expect(new Set(hashes).size).toBe(3);
  });

  it('equals itself with a hash label and nothing with another field', () => {
    expect(isSameTemplate(withHashLabel(template, 'x'), template)).toBe(true);
    expect(isSameTemplate({ ...template, spec: { containers: [] } }, template)).toBe(false);
  });

  it('always hashes to a part of a DNS name', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(5), (json, collisions) => {
        const value = { spec: JSON.parse(json) as never };
        expect(templateHash(value, collisions)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
      }),
    );
  });
});

describe('annotations of the current ReplicaSet', () => {
  it('are inherited but for those that are about the Deployment alone', () => {
    const deployment = {
      team: 'shop',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'deployment.kubernetes.io/revision': '7',
    };
    expect(forNewReplicaSet({ kept: 'x' }, deployment, 1n)).toEqual({
      kept: 'x',
      team: 'shop',
      'deployment.kubernetes.io/revision': '1',
    });
  });

  it('keep a revision that is the highest already', () => {
    const own = { 'deployment.kubernetes.io/revision': '5' };
    expect(forNewReplicaSet(own, {}, 5n)).toEqual(own);
  });

  it('count as int64, and leave a revision that is no number alone', () => {
    const own = (revision: string) => ({ 'deployment.kubernetes.io/revision': revision });
    const next = forNewReplicaSet(own('3546343826724305832'), {}, 3546343826724305833n);
    expect(next['deployment.kubernetes.io/revision']).toBe('3546343826724305833');
    expect(forNewReplicaSet(own('x'), {}, 2n)).toEqual(own('x'));
    expect(forNewReplicaSet(own(''), {}, 2n)).toEqual(own('2'));
  });

  it('remember earlier revisions, the oldest of which go when they get too long', () => {
    const old = Array.from({ length: 400 }, (_, i) => String(1000 + i)).join(',');
    const own = {
      'deployment.kubernetes.io/revision': '2000',
      'deployment.kubernetes.io/revision-history': old,
    };
    const history = forNewReplicaSet(own, {}, 2001n)['deployment.kubernetes.io/revision-history']!;
    expect(history.length).toBeLessThanOrEqual(2000);
    expect(history).toMatch(/^1001,.*,1399,2000$/);
  });
});
