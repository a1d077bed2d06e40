import { expect, it } from 'vitest';
import { compareVersions } from './version-order.ts';

it('orders versions by stability, then by number, then by name', () => {
  const versions = [
    'foo',
    'v1alpha1',
    'v1',
    'v10beta3',
    'v11alpha2',
    'v2',
    'v1beta2',
    'v10',
    'bar',
  ];
  expect(versions.sort(compareVersions)).toEqual([
    'v10',
    'v2',
    'v1',
    'v10beta3',
    'v1beta2',
    'v11alpha2',
    'v1alpha1',
    'bar',
    'foo',
  ]);
});
