import { evictDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { configMap, create, freshCluster, read, stubOf } from '../../test/workerd/stores.ts';
it('works', async () => {
  const scope = { cluster: freshCluster(), namespace: 'default' };
  const made = await create(scope, 'configmaps', configMap('a'));
  await evictDurableObject(stubOf(scope));
  expect(await read(scope, 'configmaps', 'a')).toEqual(made);
});
