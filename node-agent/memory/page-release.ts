import { readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanMappings } from './clean-mappings.ts';
import type { Architecture } from './release-library.ts';
import { releaseLibrary } from './release-library.ts';

const isKnown = (architecture: string): architecture is Architecture =>
  architecture === 'x64' || architecture === 'arm64';

/**
 * Makes a function that gives back what the allocator keeps of what was freed, and the pages of its program
 * that this process has not changed; it throws where the system does not let it. Node reads 34 MB of
 * its program while it starts, and half of that from then on. Undefined where there is no way to do it.
 * @param directory where the library that does it is written to
 */
export function newPageRelease(directory: string): (() => void) | undefined {
  const { arch, platform, versions } = process;
  if (platform !== 'linux' || !isKnown(arch)) return undefined;
  const path = join(directory, 'release-pages.node');
  let isWritten = false;
  return () => {
    if (!isWritten) {
      // A program stays where it is for as long as it runs.
      const program = readlinkSync('/proc/self/exe');
      const ranges = cleanMappings(readFileSync('/proc/self/smaps', 'utf8'), program);
      const temporary = `${path}.tmp`;
      writeFileSync(temporary, releaseLibrary(arch, versions.modules, ranges), { mode: 0o600 });
      // An agent that is still ending may have the file before it mapped.
      renameSync(temporary, path);
      isWritten = true;
    }
    process.dlopen({ exports: {} }, path);
  };
}
