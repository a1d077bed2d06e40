/** Makes dist/worker: exactly what `wrangler deploy` would upload. `npm run build`. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const descriptions = join(root, 'scripts/compile-descriptions.ts');
if (existsSync(descriptions)) {
  execFileSync(process.execPath, [descriptions], { cwd: root, stdio: 'inherit' });
}
execFileSync(
  process.execPath,
  [
    join(root, 'node_modules/wrangler/bin/wrangler.js'),
    'deploy',
    '--dry-run',
    '--outdir',
    'dist/worker',
  ],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' },
  },
);
