import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, readdir, readFile } from 'node:fs/promises';
import { readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { RELEASE_FILE, releaseSchema } from '../../node-agent/release.ts';
import type { Release } from '../../node-agent/release.ts';
import { syncDirectory, writeFileAtomically } from '../../node-agent/state/atomic-file.ts';
import { readIfExists } from '../data-dir.ts';

/** What a release is made of. */
export interface ReleaseSource {
  /** The agent as one file. */
  readonly agent: string;
  /** The Node.js that runs it. */
  readonly node: string;
  readonly version: string;
  readonly nodeVersion: string;
}

/** An upgrade that has begun: the release before it, and the one that it is to. */
export interface UpgradeMark {
  readonly from: string;
  readonly to: string;
}

const CHECK_TIMEOUT_MS = 30_000;
/** Of a digest, in the ID: enough to tell one machine's releases apart. */
const DIGEST_LENGTH = 12;

/**
 * Releases side by side, each complete in itself, and the one that runs:
 *
 *   releases/<id>/{bin/node, lib/agent.mjs, release.json}   current → releases/<id>   upgrade.json
 *
 * Both a release and the switch to it appear by one rename, so that a crash leaves what was, or what
 * was to be.
 */
export class ReleaseStore {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Copies a release to its place, unless it is there. */
  async add(source: ReleaseSource): Promise<Release> {
    const nodeDigest = await digestOf(source.node);
    const both = `${await digestOf(source.agent)} ${nodeDigest}`;
    const digest = createHash('sha256').update(both).digest('hex');
    const id = `${source.version}-${digest.slice(0, DIGEST_LENGTH)}`;
    const release = { id, version: source.version, node: source.nodeVersion, nodeDigest };
    if ((await this.list()).includes(id)) return release;
    const directory = join(this.#releases, `.${id}.${process.pid}.tmp`);
    await rm(directory, { recursive: true, force: true });
    for (const folder of [this.#prefix, this.#releases, directory]) await newFolder(folder);
    for (const folder of ['bin', 'lib']) await newFolder(join(directory, folder));
    const program = join(directory, 'bin/node');
    const same = await this.#programWith(nodeDigest);
    // Releases that are run by the same Node.js have one file of it, which is large.
    if (same === undefined) await copy(source.node, program, 0o755);
    else await link(same, program);
    await copy(source.agent, join(directory, 'lib/agent.mjs'), 0o644);
    await writeFileAtomically(join(directory, RELEASE_FILE), JSON.stringify(release));
    await chmod(join(directory, RELEASE_FILE), 0o644);
    for (const folder of ['bin', 'lib', '.']) await syncDirectory(join(directory, folder));
    await rename(directory, join(this.#releases, id));
    await syncDirectory(this.#releases);
    return release;
  }

  /** The Node.js of a release that is here already. */
  async #programWith(digest: string): Promise<string | undefined> {
    for (const id of await this.list()) {
      const { nodeDigest } = await this.describe(id);
      if (nodeDigest === digest) return join(this.#releases, id, 'bin/node');
    }
    return undefined;
  }

  /** IDs of all that are complete. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#releases).catch(ifMissing([]));
    return names.filter((name) => !name.startsWith('.')).sort();
  }

  /** The one that `current` leads to; undefined where there is none. */
  async current(): Promise<string | undefined> {
    const target = await readlink(join(this.#prefix, 'current')).catch(ifMissing(undefined));
    return target === undefined ? undefined : basename(target);
  }

  /** Makes a release the one that is run from the next start on. */
  async switchTo(id: string): Promise<void> {
    const temporary = join(this.#prefix, 'current.tmp');
    await rm(temporary, { force: true });
    await symlink(join('releases', id), temporary);
    await rename(temporary, join(this.#prefix, 'current'));
    await syncDirectory(this.#prefix);
  }

  /** Asks a release whether it runs here and can read its configuration. @throws Error that says why not */
  async check(id: string, config: string): Promise<void> {
    const directory = join(this.#releases, id);
    const args = [join(directory, 'lib/agent.mjs'), '--config', config, '--check'];
    const options = { timeout: CHECK_TIMEOUT_MS };
    try {
      await promisify(execFile)(join(directory, 'bin/node'), args, options);
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      // The last lines of a stack trace are about Node.js; the first ones are about what happened.
      const why = /^.*Error: .*$/m.exec(stderr)?.[0] ?? stderr.trim().slice(0, 500);
      throw new Error(`release ${id} does not run here: ${why}`, { cause: error });
    }
  }

  /** Removes all releases but these, and what was never completed. */
  async prune(keep: readonly string[]): Promise<void> {
    for (const name of await readdir(this.#releases).catch(ifMissing([]))) {
      if (keep.includes(name)) continue;
      await rm(join(this.#releases, name), { recursive: true, force: true });
    }
  }

  /** Removes a release that is of no use. */
  async remove(id: string): Promise<void> {
    await rm(join(this.#releases, id), { recursive: true, force: true });
  }

  /** Undefined unless an upgrade has begun and has not come to its end. */
  async upgradeMark(): Promise<UpgradeMark | undefined> {
    const text = await readIfExists(this.#mark);
    return text === null ? undefined : (JSON.parse(text) as UpgradeMark);
  }

  async markUpgrade(mark: UpgradeMark | undefined): Promise<void> {
    if (mark === undefined) await rm(this.#mark, { force: true });
    else await writeFileAtomically(this.#mark, JSON.stringify(mark));
    await syncDirectory(this.#prefix);
  }

  /** What `release.json` of a release says. */
  async describe(id: string): Promise<Release> {
    const text = await readFile(join(this.#releases, id, RELEASE_FILE), 'utf8');
    return releaseSchema.parse(JSON.parse(text));
  }

  /** Removes everything that this has made. */
  async removeAll(): Promise<void> {
    for (const name of ['current', 'current.tmp', 'upgrade.json', 'upgrade.json.tmp', 'releases']) {
      await rm(join(this.#prefix, name), { recursive: true, force: true });
    }
  }

  get #releases(): string {
    return join(this.#prefix, 'releases');
  }

  get #mark(): string {
    return join(this.#prefix, 'upgrade.json');
  }
}

async function newFolder(path: string): Promise<void> {
  // Whatever the umask says: others may look, and who runs the agent must.
  if ((await mkdir(path, { recursive: true })) !== undefined) await chmod(path, 0o755);
}

/** Copies a file's content, on file systems that can without taking room, and makes it safe. */
async function copy(from: string, to: string, mode: number): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, mode);
  const file = await open(to, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function ifMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
