import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { agentBundle } from '../agent-process.ts';
import { PACKAGE_ROOT } from '../build-if-stale.ts';
import type { ReleaseSource } from './release-store.ts';

/**
 * What this very fairlead would run a node with.
 * @param agent another bundle than its own
 */
export async function ownRelease(
  agent: string | undefined,
  onBuild: () => void,
): Promise<ReleaseSource> {
  const text = await readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return {
    agent: agent ?? (await agentBundle(onBuild)),
    node: await realpath(process.execPath),
    version,
    nodeVersion: process.version,
  };
}
