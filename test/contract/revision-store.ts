import { describe, expect, it } from 'vitest';
import type {
  LogEntryType,
  RevisionStore,
  StoreWrite,
} from '../../worker/durable/storage/revision-store.ts';

/** Gives each test a store of its own, and takes whatever the store needs to run in. */
export type WithStore = (test: (store: RevisionStore) => void) => Promise<void>;

const PODS = 'pods';
const MAPS = 'configmaps';
const MANY = 1_000;

interface WriteOptions {
  readonly resource?: string;
  readonly type?: LogEntryType;
  readonly labels?: Record<string, string>;
  readonly controllerUID?: string;
  readonly ownerUIDs?: string[];
}

/** A write of `name` at `revision`; its text tells the two. */
function entry(name: string, revision: number, options: WriteOptions = {}): StoreWrite {
  const { resource = PODS, type = 'ADDED', labels = {}, controllerUID = null } = options;
  const uid = `uid-${resource}-${name}`;
  return {
    key: { resource, name },
    revision,
    type,
    uid,
    attributes: { labels, fields: { 'metadata.name': name } },
    previousAttributes: type === 'ADDED' ? null : { labels: {}, fields: {} },
    value: JSON.stringify({ metadata: { name, uid, resourceVersion: String(revision) } }),
    controllerUID,
    ownerUIDs: options.ownerUIDs ?? [],
    ownersChanged: options.ownerUIDs !== undefined || type === 'DELETED',
  };
}

const modify = (name: string, revision: number) => entry(name, revision, { type: 'MODIFIED' });
const remove = (name: string, revision: number) => entry(name, revision, { type: 'DELETED' });

function fill(store: RevisionStore, writes: readonly StoreWrite[]): void {
  store.transaction(() => {
    for (const write of writes) store.write(write);
  });
}

/** `name@revision` of each object, so that a whole list is one comparison. */
const listed = (store: RevisionStore, revision?: number, resource = PODS): string[] =>
  store
    .list(resource, revision === undefined ? {} : { revision })
    .map((stored) => `${stored.name}@${stored.revision}`);

const logged = (store: RevisionStore, after: number, resource = PODS): string[] =>
  store.log(resource, after, MANY).map((e) => `${e.type} ${e.name}@${e.revision}`);

/** What every store of objects with history must do, whatever it is made of. */
export function revisionStoreContract(title: string, withStore: WithStore): void {
  const check = (name: string, test: (store: RevisionStore) => void) =>
    it(name, () => withStore(test));

  describe(`${title} as a RevisionStore`, () => {
    check('begins empty, at revision 0', (store) => {
      expect(store.lastRevision()).toBe(0);
      expect(store.get({ resource: PODS, name: 'a' })).toBeNull();
      expect(store.list(PODS, {})).toEqual([]);
      expect(store.resources()).toEqual([]);
      expect(store.oldestLogRevision()).toBeNull();
      expect(store.compact(100, MANY)).toBe(0);
    });

    check('gives back what was written, to the letter', (store) => {
      const write = entry('a', 10, { labels: { app: 'web' } });
      fill(store, [write]);
      const { uid, attributes, value } = write;
      expect(store.get(write.key)).toEqual({ name: 'a', revision: 10, uid, attributes, value });
      expect(store.lastRevision()).toBe(10);
    });

    check('STORE-4: lists in the byte order of names, in pages, of one resource', (store) => {
      fill(store, [
        entry('b', 1),
        entry('a-2', 2),
        entry('a.1', 3),
        entry('a', 4),
        entry('m', 5, { resource: MAPS }),
      ]);
      expect(listed(store)).toEqual(['a@4', 'a-2@2', 'a.1@3', 'b@1']);
      expect(store.list(PODS, { limit: 2 }).map((o) => o.name)).toEqual(['a', 'a-2']);
      expect(store.list(PODS, { after: 'a-2' }).map((o) => o.name)).toEqual(['a.1', 'b']);
      expect(store.count(PODS, { after: 'a' })).toBe(3);
      expect(store.resources()).toEqual([
        { resource: MAPS, count: 1 },
        { resource: PODS, count: 4 },
      ]);
    });

    check('STORE-5: lists as of any revision: creations, changes, deletions, rebirths', (store) => {
      fill(store, [
        entry('a', 10),
        entry('b', 20),
        modify('a', 30),
        remove('b', 40),
        entry('b', 50),
      ]);
      const want: [number, string[]][] = [
        [9, []],
        [10, ['a@10']],
        [25, ['a@10', 'b@20']],
        [30, ['a@30', 'b@20']],
        [45, ['a@30']],
        [50, ['a@30', 'b@50']],
        [99, ['a@30', 'b@50']],
      ];
      for (const [revision, names] of want) {
        expect(listed(store, revision)).toEqual(names);
        expect(store.count(PODS, { revision })).toBe(names.length);
      }
    });

    check('STORE-5: pages of a past revision carry on behind a name', (store) => {
      fill(store, [entry('a', 1), entry('b', 2), entry('c', 3), remove('b', 4), modify('c', 5)]);
      const page = store.list(PODS, { revision: 3, after: 'a', limit: 1 });
      expect(page.map((o) => [o.name, o.revision, o.uid])).toEqual([['b', 2, 'uid-pods-b']]);
      expect(store.count(PODS, { revision: 3, after: 'b' })).toBe(1);
    });

    check('WATCH-1: the log has every write of a resource in revision order', (store) => {
      fill(store, [
        entry('a', 1),
        entry('m', 2, { resource: MAPS }),
        modify('a', 3),
        remove('a', 4),
      ]);
      expect(logged(store, 0)).toEqual(['ADDED a@1', 'MODIFIED a@3', 'DELETED a@4']);
      expect(logged(store, 3)).toEqual(['DELETED a@4']);
      expect(store.log(PODS, 0, 2)).toHaveLength(2);
      expect(store.log(PODS, 0, 1)[0]).toEqual({
        revision: 1,
        resource: PODS,
        name: 'a',
        type: 'ADDED',
        attributes: entry('a', 1).attributes,
        previousAttributes: null,
        value: entry('a', 1).value,
      });
    });

    check('a tombstone holds the last state and what selectors saw before', (store) => {
      fill(store, [entry('a', 1), remove('a', 2)]);
      expect(store.get({ resource: PODS, name: 'a' })).toBeNull();
      const [tombstone] = store.log(PODS, 1, MANY);
      expect(tombstone?.value).toBe(remove('a', 2).value);
      expect(tombstone?.previousAttributes).toEqual({ labels: {}, fields: {} });
    });

    check('finds objects by uid, by controller and by owner', (store) => {
      fill(store, [
        entry('a', 1, { controllerUID: 'rs', ownerUIDs: ['rs', 'other'] }),
        entry('b', 2),
        entry('m', 3, { resource: MAPS, ownerUIDs: ['other'] }),
      ]);
      expect(store.findByUID('uid-pods-b')).toEqual({ resource: PODS, name: 'b' });
      expect(store.findByUID('nobody')).toBeNull();
      expect(store.names(PODS)).toEqual(['a', 'b']);
      expect(store.controllers(PODS)).toEqual(
        expect.arrayContaining([
          { name: 'a', controllerUID: 'rs' },
          { name: 'b', controllerUID: null },
        ]),
      );
      expect(store.controllers(MAPS)).toEqual([{ name: 'm', controllerUID: null }]);
      expect(store.dependentsOf('other')).toEqual([
        { resource: MAPS, name: 'm' },
        { resource: PODS, name: 'a' },
      ]);
    });

    check('owners follow the object: released, adopted, gone', (store) => {
      fill(store, [entry('a', 1, { ownerUIDs: ['x'] })]);
      fill(store, [entry('a', 2, { type: 'MODIFIED', ownerUIDs: ['y', 'y'] })]);
      expect(store.dependentsOf('x')).toEqual([]);
      expect(store.dependentsOf('y')).toEqual([{ resource: PODS, name: 'a' }]);
      fill(store, [remove('a', 3)]);
      expect(store.dependentsOf('y')).toEqual([]);
      expect(store.findByUID('uid-pods-a')).toBeNull();
    });

    check('STORE-1: a step that throws leaves nothing behind', (store) => {
      fill(store, [entry('a', 2, { ownerUIDs: ['x'] })]);
      const failed = () =>
        store.transaction(() => {
          store.write(remove('a', 3));
          store.write(entry('b', 4));
          store.compact(4, MANY);
          throw new Error('no');
        });
      expect(failed).toThrow('no');
      expect(store.lastRevision()).toBe(2);
      expect(listed(store)).toEqual(['a@2']);
      expect(logged(store, 0)).toEqual(['ADDED a@2']);
      expect(store.compactRevision(PODS)).toBe(0);
      expect(store.dependentsOf('x')).toHaveLength(1);
    });

    check('STORE-1: a step within a step can fail alone', (store) => {
      store.transaction(() => {
        store.write(entry('a', 1));
        expect(() =>
          store.transaction(() => {
            store.write(entry('b', 2));
            throw new Error('only b');
          }),
        ).toThrow('only b');
        store.write(entry('c', 3));
      });
      expect(listed(store)).toEqual(['a@1', 'c@3']);
      expect(store.lastRevision()).toBe(3);
    });

    describe('compaction', () => {
      check('drops what no readable revision needs, and keeps the present', (store) => {
        fill(store, [entry('a', 1), entry('b', 2), modify('a', 3), remove('b', 4)]);
        expect(store.compact(4, MANY)).toBe(4);
        expect(store.oldestLogRevision()).toBeNull();
        expect(listed(store)).toEqual(['a@3']);
        expect(store.compactRevision(PODS)).toBe(4);
        expect(store.lastRevision()).toBe(4);
      });

      check(
        'keeps the version that was current at its end if the object changed since',
        (store) => {
          fill(store, [entry('a', 1), entry('b', 2), modify('a', 30)]);
          store.compact(10, MANY);
          expect(store.compactRevision(PODS)).toBeLessThanOrEqual(10);
          expect(listed(store, 10)).toEqual(['a@1', 'b@2']);
          expect(listed(store, 30)).toEqual(['a@30', 'b@2']);
        },
      );

      check('a version that is overwritten after its entry was dropped stays readable', (store) => {
        fill(store, [entry('a', 1), entry('b', 2)]);
        store.compact(2, MANY);
        fill(store, [modify('a', 3), remove('b', 4)]);
        expect(listed(store, 2)).toEqual(['a@1', 'b@2']);
        expect(listed(store, 3)).toEqual(['a@3', 'b@2']);
        expect(logged(store, 2)).toEqual(['MODIFIED a@3', 'DELETED b@4']);
      });

      check('STORE-6: a revision at which a version is missing is not readable', (store) => {
        fill(store, [entry('a', 10), modify('a', 20), modify('a', 40)]);
        store.compact(30, MANY);
        expect(store.compactRevision(PODS)).toBe(20);
        expect(listed(store, 20)).toEqual(['a@20']);
      });

      check('STORE-6: no row budget leaves a readable revision with a hole', (store) => {
        fill(store, [
          entry('a', 1),
          entry('b', 2),
          modify('a', 3),
          remove('b', 4),
          modify('a', 5),
          entry('b', 6),
        ]);
        const want = (revision: number) => {
          if (revision >= 6) return ['a@5', 'b@6'];
          if (revision === 5) return ['a@5'];
          return revision === 4 ? ['a@3'] : ['a@3', 'b@2'];
        };
        for (;;) {
          const dropped = store.compact(6, 1);
          for (let revision = Math.max(3, store.compactRevision(PODS)); revision <= 6; revision++) {
            expect(listed(store, revision)).toEqual(want(revision));
          }
          if (dropped === 0) break;
          expect(dropped).toBe(1);
        }
        expect(store.compactRevision(PODS)).toBe(6);
      });

      check('STORE-6: the compact revision never goes back', (store) => {
        fill(store, [entry('a', 1), entry('b', 2), modify('b', 3), modify('a', 9)]);
        store.compact(5, MANY);
        const compacted = store.compactRevision(PODS);
        expect(compacted).toBe(3);
        fill(store, [entry('z', 12)]);
        store.compact(10, 1);
        expect(store.compactRevision(PODS)).toBeGreaterThanOrEqual(compacted);
      });

      check('WATCH-5: a quiet resource stays readable from its last write on', (store) => {
        fill(store, [entry('m', 1, { resource: MAPS }), entry('a', 2), modify('a', 3)]);
        store.compact(1_000, MANY);
        expect(store.compactRevision(MAPS)).toBe(1);
        expect(store.compactRevision(PODS)).toBe(3);
        expect(store.compactRevision('secrets')).toBe(0);
      });
    });
  });
}
