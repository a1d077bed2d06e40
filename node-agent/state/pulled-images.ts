import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { writeFileAtomically } from './atomic-file.ts';

/** Which images this node has pulled: others on its engine are not its own to remove. */
export interface PulledImages {
  names(): ReadonlySet<string>;
  /** Kept before it resolves. */
  add(name: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Names that are remembered; the oldest are forgotten, and their images stay. */
const MAX_NAMES = 5000;

/** Kept in a file. One that cannot be read counts as empty: images stay that might go. */
export async function openPulledImages(path: string): Promise<PulledImages> {
  const names = new Set(await readNames(path));
  let writing = Promise.resolve();
  const save = (): Promise<void> => {
    const write = () => writeFileAtomically(path, JSON.stringify([...names]));
    writing = writing.then(write, write);
    return writing;
  };
  return {
    names: () => names,
    async add(name) {
      if (names.has(name)) return;
      names.add(name);
      const [oldest] = names;
      if (names.size > MAX_NAMES && oldest !== undefined) names.delete(oldest);
      await save();
    },
    async remove(name) {
      if (names.delete(name)) await save();
    },
  };
}

async function readNames(path: string): Promise<string[]> {
  try {
    return z.array(z.string()).parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Not there yet, or broken: nothing is removed by mistake.
    return [];
  }
}

/** For simulated nodes: nothing outlives the process. */
export function memoryPulledImages(): PulledImages {
  const names = new Set<string>();
  return {
    names: () => names,
    add: async (name) => void names.add(name),
    remove: async (name) => void names.delete(name),
  };
}
