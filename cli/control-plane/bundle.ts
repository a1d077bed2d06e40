import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The folder that holds package.json. */
export const PACKAGE_ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const BUNDLE = join(PACKAGE_ROOT, 'dist/worker/index.js');
/** What the bundle is made from. */
const SOURCES = ['worker', 'apimachinery', 'migrations', 'wrangler.toml', 'package-lock.json'];

/**
 * The Worker's bundle, as `wrangler deploy` would upload it: built when it is missing or older
 * than its sources. `onBuild` is told before that takes its seconds. Returns the file.
 */
export async function workerBundle(onBuild: () => void): Promise<string> {
  const inCheckout = existsSync(join(PACKAGE_ROOT, 'worker/index.ts'));
  if (inCheckout && !(await isFresh())) {
    onBuild();
    await promisify(execFile)(process.execPath, ['scripts/build-worker.ts'], { cwd: PACKAGE_ROOT });
  }
  return BUNDLE;
}

async function isFresh(): Promise<boolean> {
  if (!existsSync(BUNDLE)) return false;
  const builtAt = (await stat(BUNDLE)).mtimeMs;
  for (const source of SOURCES) {
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
