/**
 * Runs drizzle-kit for the schema of every Durable Object class and writes the SQL, which
 * `workerd` cannot import by itself, into one module beside it.
 *
 *     npm run db:generate -- <name of the change>
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

for (const file of readdirSync('worker/durable/schema').filter((f) => f.endsWith('.ts'))) {
  const name = file.replace(/\.ts$/, '');
  const out = join('migrations', name);
  execFileSync(
    'drizzle-kit',
    [
      'generate',
      '--dialect=sqlite',
      '--driver=durable-sqlite',
      `--schema=worker/durable/schema/${file}`,
      `--out=${out}`,
      `--name=${process.argv[2] ?? 'change'}`,
    ],
    { stdio: 'inherit' },
  );
  // Imports .sql files, which only wrangler's bundler understands.
  rmSync(join(out, 'migrations.js'), { force: true });
  if (!existsSync(join(out, 'meta/_journal.json'))) throw new Error(`no journal in ${out}`);
  const journal = JSON.parse(readFileSync(join(out, 'meta/_journal.json'), 'utf8')) as {
    entries: { idx: number; tag: string }[];
  };
  const migrations = Object.fromEntries(
    journal.entries.map((entry) => [
      `m${String(entry.idx).padStart(4, '0')}`,
      readFileSync(join(out, `${entry.tag}.sql`), 'utf8'),
    ]),
  );
  writeFileSync(
    join(out, 'migrations.generated.ts'),
    `/* Made by npm run db:generate. */\nexport const migrations = ${JSON.stringify({ journal, migrations }, null, 2)};\n`,
  );
}
