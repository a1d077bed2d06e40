import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { answerFetch } from './test/fakes/webhook-server.ts';

/** Four projects: `unit` (pure code), `workerd` (Durable Objects), `agent` (Docker), `e2e` (all). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'apimachinery/**/*.test.ts',
            'cel/**/*.test.ts',
            'worker/registry/**/*.test.ts',
            'worker/reconcile/**/*.test.ts',
            'worker/keys/**/*.test.ts',
            'node-agent/{diff,memory,node-api,sync,transport,state}/**/*.test.ts',
            'cli/**/*.test.ts',
            'test/unit/**/*.test.ts',
            'test/fuzz/**/*.test.ts',
          ],
          // Properties take their time on a busy machine; how long is nothing that they are about.
          testTimeout: 30_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                FAIRLEAD_ROOT_KEY: 'a root key that only tests use',
                FAIRLEAD_CA: 'certificates that only tests use',
              },
              outboundService: answerFetch,
            },
          }),
        ],
        test: {
          name: 'workerd',
          include: [
            'worker/{durable,api}/**/*.test.ts',
            'test/workerd/**/*.test.ts',
            'test/conformance/**/*.test.ts',
          ],
          // The first test of a runtime waits for the whole Worker to be taken in.
          testTimeout: 90_000,
          // Files share a runtime, which takes in the whole Worker only once; each test has a
          // cluster or an object of its own.
          isolate: false,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'agent',
          include: ['node-agent/runtime/**/*.test.ts', 'test/agent/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/harness/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxConcurrency: 4,
          // Each file has a cluster of its own, and waits more than it works.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
