import { buildIfStale } from '../build-if-stale.ts';

/**
 * The Worker's bundle, as `wrangler deploy` would upload it: built when it is missing or older
 * than its sources. `onBuild` is told before that takes its seconds. Returns the file.
 */
export function workerBundle(onBuild: () => void): Promise<string> {
  return buildIfStale({
    output: 'dist/worker/index.js',
    entry: 'worker/index.ts',
    sources: ['worker', 'apimachinery', 'migrations', 'wrangler.toml', 'package-lock.json'],
    script: 'scripts/build-worker.ts',
    onBuild,
  });
}
