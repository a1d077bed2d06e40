import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Where everything of one control plane is kept; the layout is part of the CLI's contract. */
export interface DataDir {
  readonly root: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly data: string;
  readonly logs: string;
  /** The local node's state. */
  readonly node: string;
  /** What workerd is started with. */
  readonly runtime: string;
  /** URL by which other machines reach the API; empty: they do not. */
  readonly joinURL: string;
}

export function dataDirAt(path: string): DataDir {
  const root = resolve(path);
  return {
    root,
    kubeconfig: join(root, 'kubeconfig'),
    pki: join(root, 'pki'),
    data: join(root, 'data'),
    logs: join(root, 'logs'),
    node: join(root, 'node'),
    runtime: join(root, 'runtime'),
    joinURL: join(root, 'runtime', 'join-url'),
  };
}

/** Makes the directories; private ones are for the owner only. */
export async function prepareDataDir(dir: DataDir): Promise<void> {
  for (const path of [dir.root, dir.data, dir.logs, dir.runtime]) {
    await mkdir(path, { recursive: true });
  }
  for (const path of [dir.pki, dir.node]) await mkdir(path, { recursive: true, mode: 0o700 });
}

/** Writes a file so that a crash leaves the old one or the new one, never half of one. */
export async function writeAtomically(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, path);
}

/** The file's text, null when there is none. */
export async function readIfExists(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
