import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DesiredFrame, DesiredState } from '../sync/desired-state.ts';
import { DiskStateStore } from './disk-state-store.ts';
import { openSealedBox, SealedBox } from './sealed-box.ts';

let directory: string;
const box = new SealedBox(new Uint8Array(32).fill(7));
const newStore = (): DiskStateStore =>
  new DiskStateStore(directory, box, pino({ level: 'silent' }));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-state-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const pod = (uid: string): DesiredFrame['pods'][number] => ({
  namespace: 'default',
  name: uid,
  uid,
  pod: { metadata: { namespace: 'default', name: uid, uid }, spec: { containers: [] } },
});

const secret: DesiredFrame['objects'][number] = {
  resource: 'secrets',
  namespace: 'default',
  name: 'keys',
  object: { metadata: { name: 'keys' }, data: { token: 'aHVzaA==' } },
};

const TOKENS = { '600/': { token: 'hush-hush', expiresAtMs: 1, lifetimeSeconds: 600 } };

function frame(from: number, position: number, over: Partial<DesiredFrame>): DesiredFrame {
  return { type: 'desired', epoch: 'e', from, position, pods: [], objects: [], ...over };
}

async function save(store: DiskStateStore, state: DesiredState, next: DesiredFrame): Promise<void> {
  state.apply(next);
  await store.saveDesired(next, state);
}

describe('The state on disk', () => {
  it('is empty and unconfirmed at first', async () => {
    const { desired, records } = await newStore().load();
    expect([desired.confirmed, desired.position, desired.pods.size, records.size]).toEqual([
      false,
      0,
      0,
      0,
    ]);
  });

  it('is there again after a restart, as of its position', async () => {
    const store = newStore();
    const { desired } = await store.load();
    await save(store, desired, frame(0, 1, { pods: [pod('a'), pod('b')], objects: [secret] }));
    await save(store, desired, frame(1, 2, { pods: [{ ...pod('a'), pod: null }] }));
    store.saveRecord('b', { status: { phase: 'Running' }, backoffs: [] });
    store.saveTokens('a', TOKENS);
    store.saveTokens('b', TOKENS);
    store.saveTokens('a', undefined);
    await store.close();
    const again = await newStore().load();
    expect([...again.desired.pods.keys()]).toEqual(['b']);
    expect(again.desired.secret('default', 'keys')).toEqual(secret.object);
    expect([again.desired.epoch, again.desired.position]).toEqual(['e', 2]);
    expect(again.desired.confirmed).toBe(true);
    expect(again.records.get('b')?.status.phase).toBe('Running');
    expect([...again.tokens]).toEqual([['b', TOKENS]]);
  });

  it('forgets all that a frame from zero does not name', async () => {
    const store = newStore();
    const { desired } = await store.load();
    await save(store, desired, frame(0, 1, { pods: [pod('a')], objects: [secret] }));
    await save(store, desired, frame(0, 1, { epoch: 'f', pods: [pod('b')] }));
    const again = await newStore().load();
    expect([...again.desired.pods.keys()]).toEqual(['b']);
    expect(again.desired.objects.size).toBe(0);
  });

  it('has nothing in clear, and nothing for other users', async () => {
    const store = newStore();
    const { desired } = await store.load();
    await save(store, desired, frame(0, 1, { pods: [pod('a')], objects: [secret] }));
    store.saveTokens('a', TOKENS);
    await store.close();
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const text = await readFile(path, 'latin1');
      expect(['aHVzaA==', 'hush'].some((secretText) => text.includes(secretText))).toBe(false);
      expect((await stat(path)).mode & 0o077).toBe(0);
    }
  });

  it('passes over what an interrupted write has left', async () => {
    const store = newStore();
    const { desired } = await store.load();
    await save(store, desired, frame(0, 1, { pods: [pod('a')] }));
    await writeFile(join(directory, 'pods', 'b.tmp'), 'half');
    expect([...(await newStore().load()).desired.pods.keys()]).toEqual(['a']);
  });

  it('keeps all of many changes that come at once', async () => {
    const store = newStore();
    const { desired } = await store.load();
    const saves = Array.from({ length: 50 }, (_, index) =>
      save(store, desired, frame(index, index + 1, { pods: [pod(`p${index}`)] })),
    );
    await Promise.all(saves);
    const again = await newStore().load();
    expect([again.desired.pods.size, again.desired.position]).toEqual([50, 50]);
  });
});

describe('A sealed box', () => {
  it('opens what it sealed, in the same context only', () => {
    const sealed = box.seal('text', 'here');
    expect(box.open(sealed, 'here')).toBe('text');
    expect(() => box.open(sealed, 'there')).toThrow();
    sealed[sealed.length - 1]! ^= 1;
    expect(() => box.open(sealed, 'here')).toThrow();
  });

  it('has a key that is made once, for its owner only', async () => {
    const path = join(directory, 'key');
    const sealed = (await openSealedBox(path)).seal('text', '');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await openSealedBox(path)).open(sealed, '')).toBe('text');
  });
});
