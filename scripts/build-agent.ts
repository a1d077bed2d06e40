/**
 * Makes dist/agent/main.js, the node agent as one file. `npm run build:agent`. A process that runs it
 * has neither the compiler that strips types nor the parts of its libraries that it never calls.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OUTPUT = join(root, 'dist/agent/main.js');

const NO_BUILDS = 'the agent builds no images';
/** What dockerode loads at once and the agent has no use for, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  ssh2: 'its engine is on its own machine: DOCKER_HOST has to be a socket or a TCP address',
  '@grpc/grpc-js': NO_BUILDS,
  '@grpc/proto-loader': NO_BUILDS,
  protobufjs: NO_BUILDS,
  'tar-fs': NO_BUILDS,
  '@balena/dockerignore': NO_BUILDS,
};

/** Whoever calls one of these after all is told why it is not there. */
const leaveOut: esbuild.Plugin = {
  name: 'leave-out',
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
      path in LEFT_OUT ? { path, namespace: 'left-out' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => {
      const message = JSON.stringify(`${path} is not part of the agent: ${LEFT_OUT[path] ?? ''}`);
      const refuse = `function () { throw new Error(${message}); }`;
      return { contents: `module.exports = new Proxy({}, { get: () => ${refuse} });` };
    });
  },
};

/** Libraries of CommonJS ask for Node's own modules by a function that ES modules do not have. */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Builds the bundle; returns its path. A reader sees the old one or the new one, never half of one. */
export async function buildAgent(): Promise<string> {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['node-agent/main.ts'],
    outfile: OUTPUT,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // What stack traces show keeps its names.
    minifySyntax: true,
    minifyWhitespace: true,
    banner: { js: REQUIRE },
    plugins: [leaveOut],
  });
  await mkdir(dirname(OUTPUT), { recursive: true });
  for (const { path, contents } of outputFiles) {
    const temporary = `${path}.${process.pid}.tmp`;
    await writeFile(temporary, contents);
    await rename(temporary, path);
  }
  return OUTPUT;
}

if (import.meta.main) await buildAgent();
