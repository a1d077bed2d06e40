import { expect, it } from 'vitest';
import { NO_DESCRIPTIONS } from '../openapi/descriptions.ts';
import { openAPIV2Document } from '../openapi/document-v2.ts';
import { ENDPOINTS } from '../resource-table.ts';
import { DOCUMENTED_USAGE } from './usage-schemas.ts';

it('documents hold all that those of metrics refer to, and are the same for all else', () => {
  const documentOf = (endpoints: typeof ENDPOINTS) =>
    openAPIV2Document(endpoints, 'v1.36.0', NO_DESCRIPTIONS);
  const without = documentOf(ENDPOINTS);
  const { definitions, paths } = documentOf([...ENDPOINTS, ...DOCUMENTED_USAGE]);
  expect(definitions).toMatchObject(without.definitions);
  expect(paths).toMatchObject(without.paths);
  const own = Object.keys(definitions).filter((name) => !(name in without.definitions));
  expect(own).toEqual([
    'io.k8s.metrics.v1beta1.NodeMetrics',
    'io.k8s.metrics.v1beta1.NodeMetricsList',
    'io.k8s.metrics.v1beta1.PodMetrics',
    'io.k8s.metrics.v1beta1.PodMetricsList',
  ]);
  const text = JSON.stringify(definitions);
  for (const [, name = ''] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) {
    expect(definitions).toHaveProperty([name]);
  }
  expect(definitions['io.k8s.metrics.v1beta1.PodMetrics']).toMatchObject({
    'x-kubernetes-group-version-kind': [
      { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'PodMetrics' },
    ],
  });
});
