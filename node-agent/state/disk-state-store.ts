import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as core from 'kubernetes-types/core/v1';
import type { Logger } from 'pino';
import type { DesiredPod } from '../diff/pod.ts';
import { DesiredState, objectKey } from '../sync/desired-state.ts';
import type { DesiredFrame } from '../sync/desired-state.ts';
import type { PodRecord } from '../sync/pod-worker-deps.ts';
import type { StoredTokens } from '../sync/pod-tokens.ts';
import { syncDirectory, writeFileAtomically } from './atomic-file.ts';
import type { SealedBox } from './sealed-box.ts';
import type { StateStore, StoredState } from './state-store.ts';

type Folder = 'pods' | 'objects' | 'records' | 'tokens';
const FOLDERS: readonly Folder[] = ['pods', 'objects', 'records', 'tokens'];
const POSITION_FILE = 'position.json';

interface StoredObject {
  readonly key: string;
  readonly object: core.ConfigMap | core.Secret;
}

/**
 * One file for each pod, config map and secret, and one for the position, which is written last:
 * files that are newer than the position are harmless, because the control plane then says the
 * same again. Writes that come while a group is being written make the next group.
 *
 *   position.json   pods/<uid>   objects/<hash of key>   records/<uid>   tokens/<uid>
 *
 * All but the position is sealed, since most may carry secrets.
 */
export class DiskStateStore implements StateStore {
  readonly #directory: string;
  readonly #box: SealedBox;
  readonly #logger: Logger;
  /** What to write by path under the directory; undefined removes. */
  #pending = new Map<string, string | undefined>();
  #position: string | undefined;
  /** What is on disk once all that is pending is written. */
  readonly #files = new Set<string>();
  #flushing: Promise<void> | undefined;

  constructor(directory: string, box: SealedBox, logger: Logger) {
    this.#directory = directory;
    this.#box = box;
    this.#logger = logger;
  }

  async load(): Promise<StoredState> {
    for (const folder of FOLDERS) {
      await mkdir(join(this.#directory, folder), { recursive: true, mode: 0o700 });
    }
    const desired = new DesiredState();
    const records = new Map<string, PodRecord>();
    const tokens = new Map<string, StoredTokens>();
    const position = await readFile(join(this.#directory, POSITION_FILE), 'utf8').catch(() => '');
    if (position === '') return { desired, records, tokens };
    const { epoch, position: at } = JSON.parse(position) as { epoch: string; position: number };
    for (const pod of await this.#readAll<DesiredPod>('pods')) {
      desired.pods.set(pod.metadata.uid, pod);
    }
    for (const { key, object } of await this.#readAll<StoredObject>('objects')) {
      desired.objects.set(key, object);
    }
    for (const [uid, record] of await this.#readAll<[string, PodRecord]>('records')) {
      records.set(uid, record);
    }
    for (const [uid, stored] of await this.#readAll<[string, StoredTokens]>('tokens')) {
      tokens.set(uid, stored);
    }
    desired.epoch = epoch;
    desired.position = at;
    desired.confirmed = true;
    return { desired, records, tokens };
  }

  async saveDesired(frame: DesiredFrame, state: DesiredState): Promise<void> {
    if (frame.from === 0) this.#dropAllBut(state);
    for (const { uid, pod } of frame.pods) {
      this.#put('pods', uid, pod === null ? undefined : pod);
    }
    for (const { resource, namespace, name, object } of frame.objects) {
      const key = objectKey(resource, namespace, name);
      this.#put('objects', fileName(key), object === null ? undefined : { key, object });
    }
    this.#position = JSON.stringify({ epoch: frame.epoch, position: frame.position });
    await this.#flush();
  }

  saveRecord(podUID: string, record: PodRecord | undefined): void {
    this.#keep('records', podUID, record);
  }

  saveTokens(podUID: string, tokens: StoredTokens | undefined): void {
    this.#keep('tokens', podUID, tokens);
  }

  close(): Promise<void> {
    return this.#flush();
  }

  #keep(folder: Folder, podUID: string, value: unknown): void {
    this.#put(folder, podUID, value === undefined ? undefined : [podUID, value]);
    this.#flush().catch((error: unknown) => {
      this.#logger.error({ err: error }, `pod ${folder} cannot be written`);
    });
  }

  #put(folder: Folder, name: string, value: unknown): void {
    const path = join(folder, name);
    this.#pending.set(path, value === undefined ? undefined : JSON.stringify(value));
    if (value === undefined) this.#files.delete(path);
    else this.#files.add(path);
  }

  /** A frame that replaces everything leaves no file of what was before. */
  #dropAllBut(state: DesiredState): void {
    const objects = new Set(Array.from(state.objects.keys(), fileName));
    for (const path of this.#files) {
      const [folder, name = ''] = path.split('/');
      if (folder === 'pods' && !state.pods.has(name)) this.#put('pods', name, undefined);
      if (folder === 'objects' && !objects.has(name)) this.#put('objects', name, undefined);
    }
  }

  /** Resolves once everything that was put before the call is on disk. */
  async #flush(): Promise<void> {
    // The group under way may have left before the latest was put; the one after it has all.
    await this.#flushing?.catch(() => undefined);
    if (this.#pending.size === 0 && this.#position === undefined) return this.#flushing;
    this.#flushing ??= this.#writeGroup().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #writeGroup(): Promise<void> {
    const group = this.#pending;
    const position = this.#position;
    this.#pending = new Map();
    this.#position = undefined;
    try {
      await this.#write(group, position);
    } catch (error) {
      // Kept for the next try; what was put meanwhile is newer.
      this.#pending = new Map([...group, ...this.#pending]);
      this.#position ??= position;
      throw error;
    }
  }

  async #write(
    group: ReadonlyMap<string, string | undefined>,
    position: string | undefined,
  ): Promise<void> {
    const folders = new Set<string>();
    for (const [path, text] of group) {
      const full = join(this.#directory, path);
      folders.add(join(full, '..'));
      if (text === undefined) await rm(full, { force: true });
      else await writeFileAtomically(full, this.#box.seal(text, path));
    }
    for (const folder of folders) await syncDirectory(folder);
    if (position === undefined) return;
    await writeFileAtomically(join(this.#directory, POSITION_FILE), position);
    await syncDirectory(this.#directory);
  }

  async #readAll<T>(folder: Folder): Promise<T[]> {
    const values: T[] = [];
    for (const name of await readdir(join(this.#directory, folder))) {
      if (name.endsWith('.tmp')) continue;
      const path = join(folder, name);
      const sealed = await readFile(join(this.#directory, path));
      this.#files.add(path);
      values.push(JSON.parse(this.#box.open(sealed, path)) as T);
    }
    return values;
  }
}

const fileName = (key: string): string => createHash('sha256').update(key).digest('hex');
