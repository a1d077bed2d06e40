import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { RESOURCES } from '../resource-table.ts';
import { decideDelete, deletionWarnings } from './delete.ts';
import type { DeleteOptions } from './delete.ts';

const context = { now: 0, user: { name: 'test', groups: [] } };

/** The finalizers after a delete; null when the object is gone at once. */
function deleted(
  resource: string,
  options: DeleteOptions,
  finalizers: string[] = [],
): string[] | null {
  const object: KubernetesObject = { metadata: { name: 'x', uid: 'u', finalizers } };
  const decision = decideDelete(RESOURCES.get(resource)!, object, options, context);
  return decision.action === 'update' ? (decision.object.metadata.finalizers ?? []) : null;
}

describe('a delete without a policy', () => {
  it('leaves the dependents of a Job behind, and says so', () => {
    expect(deleted('jobs.batch', {})).toEqual(['orphan']);
    expect(deletionWarnings(RESOURCES.get('jobs.batch')!, {})).toEqual([
      expect.stringContaining('child pods are preserved by default when jobs are deleted'),
    ]);
  });

  it.each<[DeleteOptions, string[] | null]>([
    [{ propagationPolicy: 'Background' }, null],
    [{ orphanDependents: false }, null],
    [{ propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
    [{ propagationPolicy: 'Orphan' }, ['orphan']],
  ])('does not when there is one: %j', (options, want) => {
    expect(deleted('jobs.batch', options)).toEqual(want);
    expect(deletionWarnings(RESOURCES.get('jobs.batch')!, options)).toEqual([]);
  });

  it('keeps to what was decided before', () => {
    expect(deleted('jobs.batch', {}, ['foregroundDeletion'])).toEqual(['foregroundDeletion']);
  });

  it.each(['cronjobs.batch', 'deployments.apps', 'configmaps'])('deletes %s with all', (name) => {
    expect(deleted(name, {})).toBeNull();
    expect(deletionWarnings(RESOURCES.get(name)!, {})).toEqual([]);
  });
});
