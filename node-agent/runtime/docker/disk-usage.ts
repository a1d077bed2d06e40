import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { engineCall } from './engine-error.ts';

/** The log itself, and the files that it is rotated to. */
const LOG_FILES = ['', '.1', '.2', '.3', '.4'];

/**
 * What containers have written, into their own file systems and their logs, by their IDs. Logs count
 * where the engine's folder can be looked at.
 */
export async function containerDiskUsage(
  engine: Docker,
  label: readonly string[],
): Promise<Map<string, number>> {
  const options = { all: true, size: true, filters: { label: [...label] } };
  const listed: readonly { Id: string; SizeRw?: number }[] = await engineCall(
    engine.listContainers(options),
  );
  const info = (await engineCall(engine.info())) as { DockerRootDir?: string };
  const used = new Map<string, number>();
  for (const { Id, SizeRw = 0 } of listed) {
    used.set(Id, SizeRw + (await logBytes(info.DockerRootDir, Id)));
  }
  return used;
}

async function logBytes(root: string | undefined, id: string): Promise<number> {
  if (root === undefined) return 0;
  const log = join(root, 'containers', id, `${id}-json.log`);
  const sizes = LOG_FILES.map(async (suffix) => {
    // Not every log was rotated, and an engine on another machine has none here.
    const found = await stat(`${log}${suffix}`).catch(() => undefined);
    return found?.size ?? 0;
  });
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
}
