import { readFile } from 'node:fs/promises';

/**
 * Whether a process, by its number here, is one of a container. It is not where the engine is on
 * another machine, or the agent in a PID namespace of its own.
 */
export async function isProcessOf(containerID: string, pid: number): Promise<boolean> {
  if (pid <= 0) return false;
  // It may have ended by now.
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  return groups.includes(containerID);
}
