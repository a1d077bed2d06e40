import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Written by hand with every new migration: `sha256sum migrations/<class>/<new>.sql`. */
const CHECKSUMS = 'test/unit/migrations.sha256';

const checksums = new Map(
  readFileSync(CHECKSUMS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [hash = '', path = ''] = line.split(/\s+/);
      return [path, hash] as const;
    }),
);
const files = globSync('migrations/**/*.sql').sort();

interface Bundled {
  readonly journal: { readonly entries: readonly { readonly idx: number; readonly tag: string }[] };
  readonly migrations: Readonly<Record<string, string>>;
}

describe('migrations', () => {
  it.each(files)('STORE-9: %s is what it was when it was made', (path) => {
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(checksums.get(path), `add new migrations to ${CHECKSUMS}; never change old ones`).toBe(
      hash,
    );
  });

  it('STORE-9: none has gone', () => {
    expect([...checksums.keys()].sort()).toEqual(files);
  });

  it.each([...new Set(files.map(dirname))])('%s is bundled as it is on disk', async (folder) => {
    const { href } = pathToFileURL(join(folder, 'migrations.generated.ts'));
    const module = (await import(/* @vite-ignore */ href)) as { migrations: Bundled };
    const { journal, migrations } = module.migrations;
    const onDisk = files.filter((path) => dirname(path) === folder);
    expect(journal.entries.map(({ tag }) => `${folder}/${tag}.sql`)).toEqual(onDisk);
    for (const [index, path] of onDisk.entries()) {
      const key = `m${String(index).padStart(4, '0')}`;
      expect(migrations[key]).toBe(readFileSync(path, 'utf8'));
    }
  });
});
