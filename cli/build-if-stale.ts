import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The folder that holds package.json. */
export const PACKAGE_ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is built; all paths are relative to the package's root. */
export interface Build {
  readonly output: string;
  /** The source that is there in a checkout only. */
  readonly entry: string;
  /** Files and folders that it is made from. */
  readonly sources: readonly string[];
  readonly script: string;
  /** Told before it takes its seconds. */
  readonly onBuild: () => void;
}

/** Builds a file when it is missing or older than its sources, and returns its path. */
export async function buildIfStale(build: Build): Promise<string> {
  const { entry, sources, script } = build;
  const path = join(PACKAGE_ROOT, build.output);
  const isCheckout = existsSync(join(PACKAGE_ROOT, entry));
  if (isCheckout && !(await isFresh(path, sources))) {
    build.onBuild();
    await promisify(execFile)(process.execPath, [script], { cwd: PACKAGE_ROOT });
  }
  return path;
}

async function isFresh(path: string, sources: readonly string[]): Promise<boolean> {
  if (!existsSync(path)) return false;
  const builtAt = (await stat(path)).mtimeMs;
  for (const source of sources) {
    if ((await newest(join(PACKAGE_ROOT, source))) > builtAt) return false;
  }
  return true;
}

async function newest(path: string): Promise<number> {
  const info = await stat(path);
  if (!info.isDirectory()) return info.mtimeMs;
  let time = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.test.ts')) continue;
    time = Math.max(time, (await stat(join(entry.parentPath, entry.name))).mtimeMs);
  }
  return time;
}
