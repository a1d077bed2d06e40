import { readFile } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import type { MachineUsage } from '../diff/usage.ts';

const NANOSECONDS_PER_MS = 1e6;

/** What the machine has used since it was started, by its kernel's counters. */
export async function readMachineUsage(): Promise<MachineUsage> {
  const busyMs = cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
  return {
    usageCoreNanoSeconds: busyMs * NANOSECONDS_PER_MS,
    workingSetBytes: await readWorkingSet(),
  };
}

/** The memory that the machine uses, in bytes: that alone, since asking for processors costs more. */
export async function readWorkingSet(): Promise<number> {
  return workingSet(await memoryInfo()) ?? totalmem() - freemem();
}

async function memoryInfo(): Promise<string> {
  try {
    return await readFile('/proc/meminfo', 'utf8');
  } catch {
    // Only Linux has it; elsewhere what is not free counts as used.
    return '';
  }
}

/** As of a cgroup: everything but what is free, and files that nobody has read lately. */
export function workingSet(memoryInfoText: string): number | undefined {
  const kibibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(memoryInfoText)?.[1]);
  const used = kibibytes('MemTotal') - kibibytes('MemFree') - kibibytes('Inactive\\(file\\)');
  return Number.isFinite(used) ? Math.max(0, used) * 1024 : undefined;
}
