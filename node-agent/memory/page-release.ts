import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanMappings } from './clean-mappings.ts';
import type { Architecture } from './release-library.ts';
import { releaseLibrary } from './release-library.ts';

const isKnown = (architecture: string): architecture is Architecture =>
  architecture === 'x64' || architecture === 'arm64';

/**
 * Makes a function that gives back the pages of files that this process has mapped and not changed; it
 * throws where the system does not let it. Node maps 30 MB of its program while it starts and uses a third
 * of it from then on. Undefined where there is no way to do it.
 * @param directory where the library that does it is written to
 */
export function newPageRelease(directory: string): (() => void) | undefined {
  const { arch, platform, versions } = process;
  if (platform !== 'linux' || !isKnown(arch)) return undefined;
  const path = join(directory, 'release-pages.node');
  let isWritten = false;
  return () => {
    if (!isWritten) {
      // Mappings of the program and of its libraries stay where they are.
      const ranges = cleanMappings(readFileSync('/proc/self/smaps', 'utf8'));
      writeFileSync(path, releaseLibrary(arch, versions.modules, ranges), { mode: 0o600 });
      isWritten = true;
    }
    process.dlopen({ exports: {} }, path);
  };
}
