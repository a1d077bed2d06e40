import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { normalImageName } from '../diff/image-reference.ts';
import type { RegistryCredentials } from '../runtime/container-runtime.ts';
import { writeFileAtomically } from './atomic-file.ts';

/**
 * Which images this node has pulled, and with what. Others on its engine are not its own to remove, and
 * everybody may use them; those that took credentials are for pods that have such.
 */
export interface PulledImages {
  has(name: string): boolean;
  /** Whether a pod may use an image that is present (KubeletEnsureSecretPulledImages). */
  mayUse(name: string, credentials: () => readonly RegistryCredentials[]): boolean;
  /** @param credentials those that it was pulled with; undefined: everybody may pull it */
  add(name: string, credentials: RegistryCredentials | undefined): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Images that are remembered; the oldest are forgotten, and are then everybody's. */
const MAX_IMAGES = 5000;
/** Credentials that are remembered for one image. */
const MAX_CREDENTIALS = 100;

const storedSchema = z.object({
  /** What the credentials are known by takes it, so that nobody guesses them from a copied file. */
  salt: z.string(),
  images: z.record(
    z.string(),
    z.object({ forEverybody: z.boolean(), credentials: z.array(z.string()) }),
  ),
});
type Stored = z.infer<typeof storedSchema>;

/** Kept in a file. One that cannot be read counts as empty: images stay that might go. */
export async function openPulledImages(path: string): Promise<PulledImages> {
  let writing = Promise.resolve();
  return new KnownImages(await readStored(path), (stored) => {
    const write = () => writeFileAtomically(path, JSON.stringify(stored));
    writing = writing.then(write, write);
    return writing;
  });
}

/** For simulated nodes: nothing outlives the process. */
export function memoryPulledImages(): PulledImages {
  return new KnownImages(newStored(), async () => undefined);
}

const newStored = (): Stored => ({ salt: randomBytes(16).toString('hex'), images: {} });

async function readStored(path: string): Promise<Stored> {
  try {
    return storedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Not there yet, or broken: nothing is removed by mistake.
    return newStored();
  }
}

class KnownImages implements PulledImages {
  readonly #salt: string;
  readonly #images: Map<string, Stored['images'][string]>;
  readonly #save: (stored: Stored) => Promise<void>;

  constructor({ salt, images }: Stored, save: (stored: Stored) => Promise<void>) {
    this.#salt = salt;
    this.#images = new Map(Object.entries(images));
    this.#save = save;
  }

  has(name: string): boolean {
    return this.#images.has(normalImageName(name));
  }

  mayUse(name: string, credentials: () => readonly RegistryCredentials[]): boolean {
    const known = this.#images.get(normalImageName(name));
    if (known === undefined || known.forEverybody) return true;
    return credentials().some((one) => known.credentials.includes(this.#mark(one)));
  }

  async add(name: string, credentials: RegistryCredentials | undefined): Promise<void> {
    const key = normalImageName(name);
    const before = this.#images.get(key) ?? { forEverybody: false, credentials: [] };
    const marks =
      credentials === undefined
        ? before.credentials
        : [...new Set([...before.credentials, this.#mark(credentials)])].slice(-MAX_CREDENTIALS);
    const forEverybody = before.forEverybody || credentials === undefined;
    this.#images.set(key, { forEverybody, credentials: marks });
    const [oldest] = this.#images.keys();
    if (this.#images.size > MAX_IMAGES && oldest !== undefined) this.#images.delete(oldest);
    await this.#keep();
  }

  async remove(name: string): Promise<void> {
    if (this.#images.delete(normalImageName(name))) await this.#keep();
  }

  #keep(): Promise<void> {
    return this.#save({ salt: this.#salt, images: Object.fromEntries(this.#images) });
  }

  #mark({ username, password, identityToken, registryToken }: RegistryCredentials): string {
    const text = JSON.stringify([username, password, identityToken, registryToken]);
    return createHmac('sha256', this.#salt).update(text).digest('hex');
  }
}
