import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe } from 'vitest';

/**
 * The kubectl that tests run: FAIRLEAD_TEST_KUBECTL, else the newest of the versions that lie
 * beside the one in PATH (that one may only choose among them), else that one. Null: there is none.
 */
export const kubectlPath: string | null = findKubectl();

/**
 * Every kubectl at hand, by its minor version, oldest first: those that lie beside the one in PATH;
 * where there are none, the one that tests run, by the name that is given for it.
 */
export const kubectlVersions: readonly { readonly version: string; readonly path: string }[] =
  findVersions();

/** `describe` for tests that are about kubectl; where there is none, they are skipped and say so. */
export function describeWithKubectl(name: string, tests: () => void): void {
  const isMissing = kubectlPath === null;
  // What kubectl shows is its own, and client-library.test.ts goes the same ways without it.
  // `.ci/run` brings one, so that nothing is skipped there.
  const title = isMissing ? `${name} (skipped: no kubectl on this machine)` : name;
  describe.skipIf(isMissing)(title, tests);
}

function findKubectl(): string | null {
  const named = process.env['FAIRLEAD_TEST_KUBECTL'];
  if (named !== undefined && named !== '') return named;
  const found = inPath();
  return found === null ? null : (besides(found).at(-1)?.path ?? found);
}

function findVersions(): { version: string; path: string }[] {
  const found = inPath();
  const versions = found === null ? [] : besides(found);
  if (versions.length > 0) return versions;
  return kubectlPath === null ? [] : [{ version: 'at hand', path: kubectlPath }];
}

function inPath(): string | null {
  try {
    return execFileSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).trim();
  } catch {
    // `command -v` fails where there is no such command.
    return null;
  }
}

function besides(kubectl: string): { version: string; path: string }[] {
  const folder = dirname(realpathSync(kubectl));
  return readdirSync(folder)
    .map((name) => /^kubectl\.1\.(\d+)$/.exec(name)?.[1])
    .filter((minor) => minor !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
    .map((minor) => ({ version: `1.${minor}`, path: join(folder, `kubectl.1.${minor}`) }));
}
