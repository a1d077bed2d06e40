import { runInDurableObject } from 'cloudflare:test';
import { drizzle } from 'drizzle-orm/durable-sqlite';
import { describe, expect, it } from 'vitest';
import { revisionStoreContract } from '../../../test/contract/revision-store.ts';
import { env } from '../../../test/workerd/env.ts';
import { MemoryRevisionStore } from './memory-revision-store.ts';
import type { StoreWrite } from './revision-store.ts';
import { SQLiteRevisionStore } from './sqlite-revision-store.ts';

let stores = 0;
const freshObject = () => env.STORE.getByName(`revision-store-${(stores += 1)}`);

revisionStoreContract('SQLiteRevisionStore', (test) =>
  runInDurableObject(freshObject(), (_object, { storage }) =>
    test(new SQLiteRevisionStore(storage, drizzle(storage))),
  ),
);

revisionStoreContract('MemoryRevisionStore', async (test) => test(new MemoryRevisionStore()));

describe('SQLiteRevisionStore on a restart', () => {
  const write = (type: StoreWrite['type'], revision: number): StoreWrite => ({
    key: { resource: 'pods', name: 'a' },
    revision,
    type,
    uid: 'u',
    attributes: { labels: {}, fields: {} },
    previousAttributes: null,
    value: '{"metadata":{}}',
    controllerUID: null,
    ownerUIDs: [],
    ownersChanged: false,
  });

  it('STORE-2: remembers the last revision even when no row carries it any more', () =>
    runInDurableObject(freshObject(), (_object, { storage }) => {
      const store = new SQLiteRevisionStore(storage, drizzle(storage));
      store.write(write('ADDED', 5));
      store.write(write('DELETED', 7));
      store.compact(100, 100);
      const again = new SQLiteRevisionStore(storage, drizzle(storage));
      expect(again.lastRevision()).toBe(7);
      expect(again.compactRevision('pods')).toBe(7);
    }));
});
