import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../../apimachinery/meta.ts';
import { parentEntries, scaleEntries, SPEC_REPLICAS } from './scale-fields.ts';

const PATHS = new Map([['apps/v1', SPEC_REPLICAS]]);
const REPLICAS = { 'f:spec': { 'f:replicas': {} } };

function entry(more: Partial<ManagedFieldsEntry>): ManagedFieldsEntry {
  return {
    manager: 'm',
    operation: 'Update',
    apiVersion: 'apps/v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: REPLICAS,
    ...more,
  };
}

describe('managedFields of a Scale', () => {
  it('shows who owns the replicas, in terms of the Scale', () => {
    const entries = [
      entry({ manager: 'a', operation: 'Apply' }),
      entry({ manager: 'b', fieldsV1: { 'f:spec': { 'f:paused': {} } } }),
      entry({ manager: 'c', apiVersion: 'apps/v0' }),
    ];
    expect(scaleEntries(entries, PATHS)).toEqual([
      entry({ manager: 'a', operation: 'Apply', apiVersion: 'autoscaling/v1' }),
    ]);
  });

  it('takes the replicas from their owner and gives them to who scaled', () => {
    const before = [
      entry({ manager: 'a', fieldsV1: { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } } }),
      entry({ manager: 'b', operation: 'Apply' }),
    ];
    const scale = [entry({ manager: 'hpa', subresource: 'scale', apiVersion: 'autoscaling/v1' })];
    const { time: _, ...scaled } = entry({ manager: 'hpa', subresource: 'scale' });
    expect(parentEntries(before, scale, 'apps/v1', PATHS)).toEqual([
      scaled,
      entry({ manager: 'a', fieldsV1: { 'f:spec': { 'f:paused': {} } } }),
    ]);
  });

  it('leaves the entry of an owner that still owns the replicas as it is', () => {
    const before = [entry({ fieldsV1: { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } } })];
    const scale = scaleEntries(before, PATHS);
    expect(parentEntries(before, scale, 'apps/v1', PATHS)).toEqual(before);
  });

  it('drops entries of versions that are not known', () => {
    expect(parentEntries([entry({ apiVersion: 'apps/v0' })], [], 'apps/v1', PATHS)).toEqual([]);
  });
});
