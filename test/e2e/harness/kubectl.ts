import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe } from 'vitest';

/**
 * The kubectl that tests run: FAIRLEAD_TEST_KUBECTL, else the newest of the versions that lie
 * beside the one in PATH (that one may only choose among them), else that one. Null: there is none.
 */
export const kubectlPath: string | null = findKubectl();

/** `describe` for tests that are about kubectl; where there is none, they are skipped and say so. */
export function describeWithKubectl(name: string, tests: () => void): void {
  if (kubectlPath !== null) describe(name, tests);
  // Not every machine has a kubectl; the same behaviour is tested through a client library there.
  else describe.skip(`${name} (skipped: there is no kubectl on this machine)`, tests);
}

function findKubectl(): string | null {
  const named = process.env['FAIRLEAD_TEST_KUBECTL'];
  if (named !== undefined && named !== '') return named;
  let found: string;
  try {
    found = execFileSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).trim();
  } catch {
    // `command -v` fails where there is no such command.
    return null;
  }
  const folder = dirname(realpathSync(found));
  const minors = readdirSync(folder)
    .map((name) => /^kubectl\.1\.(\d+)$/.exec(name)?.[1])
    .filter((minor) => minor !== undefined)
    .map(Number);
  return minors.length === 0 ? found : join(folder, `kubectl.1.${Math.max(...minors)}`);
}
