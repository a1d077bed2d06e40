import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseResolver } from '../diff/resolver.ts';
import type { Resolver } from '../diff/resolver.ts';

/** What pods take over from files of the machine. */
export interface MachineFiles {
  /** The machine's resolver, without servers on its loopback, which no container reaches. */
  resolver(): Promise<Resolver>;
  /** Its `/etc/hosts`. */
  hosts(): Promise<string>;
  /** The JSON of a seccomp profile. Throws an Error that names the file. */
  seccompProfile(name: string): Promise<string>;
}

/** Where systemd-resolved says what is behind the stub that it puts into the first. */
const RESOLVER_FILES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];
const LOOPBACK = /^(127\.|::1$)/;
const NO_RESOLVER: Resolver = { servers: [], searches: [], options: [] };

/** @param profiles the folder that `localhostProfile` is relative to */
export function newMachineFiles(profiles: string): MachineFiles {
  return {
    resolver: readResolver,
    hosts: () => readText('/etc/hosts'),
    async seccompProfile(name) {
      const path = join(profiles, name);
      try {
        return await readFile(path, 'utf8');
      } catch (cause) {
        throw new Error(`cannot load seccomp profile "${path}"`, { cause });
      }
    },
  };
}

/** For simulated nodes. */
export const noMachineFiles: MachineFiles = {
  resolver: async () => NO_RESOLVER,
  hosts: async () => '',
  seccompProfile: async () => '{}',
};

async function readResolver(): Promise<Resolver> {
  let resolver = NO_RESOLVER;
  for (const file of RESOLVER_FILES) {
    const found = parseResolver(await readText(file));
    const servers = found.servers.filter((server) => !LOOPBACK.test(server));
    if (servers.length > 0) return { ...found, servers };
    if (resolver.searches.length === 0) resolver = { ...found, servers };
  }
  return resolver;
}

/** A machine without the file has nothing to say. */
const readText = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
