import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Docker from 'dockerode';
import { PACKAGE_ROOT } from '../build-if-stale.ts';
import { importImage } from '../../node-agent/runtime/docker/import-image.ts';
import { tarArchive, type TarFile } from '../../node-agent/runtime/docker/tar.ts';

/** The image of examples/hello. Made here, because no registry need be reachable. */
export const HELLO_IMAGE = 'fairlead.dev/hello:1';
const PORT = 8080;

/**
 * Builds the image from the pages in examples/hello/www and the static web server that esbuild's
 * own binary is. Does nothing when the engine has it.
 */
export async function buildHelloImage(): Promise<void> {
  const docker = new Docker();
  if (await hasImage(docker, HELLO_IMAGE)) return;
  const www = join(PACKAGE_ROOT, 'examples/hello/www');
  const pages = await readdir(www);
  const entries: TarFile[] = [
    { name: 'server', data: await readFile(esbuildBinary()), mode: 0o755 },
    ...(await Promise.all(
      pages.map(async (page) => ({
        name: `www/${page}`,
        data: await readFile(join(www, page)),
        mode: 0o644,
      })),
    )),
  ];
  const changes = [
    `ENTRYPOINT ["/server","--serve=0.0.0.0:${PORT}","--servedir=/www"]`,
    'WORKDIR /',
    `EXPOSE ${PORT}`,
  ];
  await importImage(docker, HELLO_IMAGE, tarArchive(entries), changes);
}

async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/** A Go program without dependencies, which every platform package of esbuild ships. */
function esbuildBinary(): string {
  const require = createRequire(import.meta.url);
  const architecture = process.arch;
  const manifest = require.resolve(`@esbuild/linux-${architecture}/package.json`);
  return join(dirname(manifest), 'bin/esbuild');
}
