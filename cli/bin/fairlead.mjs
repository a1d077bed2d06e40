#!/usr/bin/env node
// Plain JavaScript, so that an old Node can still say what it needs instead of a syntax error.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const [major = 0] = process.versions.node.split('.').map(Number);
if (major >= 24) {
  await import('../main.ts');
} else {
  const pinned = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(pinned)) {
    process.stderr.write(
      `fairlead needs Node 24 or newer, this is ${process.version}. Run it with npm (npm start, npx fairlead), which brings its own.\n`,
    );
    process.exit(1);
  }
  const { status } = spawnSync(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
