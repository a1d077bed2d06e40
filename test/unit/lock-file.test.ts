import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface LockEntry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, LockEntry>>;
};

describe('the lock file', () => {
  it('names no address that a package was downloaded from', () => {
    const addressed = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    expect(addressed.map(([path]) => path)).toEqual([]);
  });

  // npm leaves out what the registry at hand does not hold; `npm ci` then refuses everywhere.
  it('has an entry for every platform package, also of platforms that nobody here uses', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !isResolvable(path, name) && /^@(cloudflare|esbuild|oxfmt|oxlint)/.test(name),
      ),
    );
    expect(missing).toEqual([]);
  });
});

/** As Node looks a package up: beside the dependent, then in every folder above. */
function isResolvable(dependent: string, name: string): boolean {
  for (let folder = dependent; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const prefix = folder === '' ? '' : `${folder}/`;
    if (`${prefix}node_modules/${name}` in packages) return true;
    if (!folder.includes('/node_modules/')) return `node_modules/${name}` in packages;
  }
}
