import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import { tarArchive } from '../../node-agent/runtime/docker/tar.ts';

const CANDIDATES = ['/bin/busybox', '/usr/bin/busybox'];

/**
 * Builds an image from the machine's static busybox on the engine; `/bin` holds a link for each of
 * its applets. Building it again changes nothing.
 */
export async function buildBusyboxImage(name: string, engine = new Docker()): Promise<void> {
  const binary = await firstReadable(CANDIDATES);
  const dockerfile = [
    'FROM scratch',
    'COPY bin /bin',
    'COPY tmp /tmp',
    'ENV PATH=/bin',
    'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
    'CMD ["sleep", "1000000"]',
    '',
  ].join('\n');
  const context = tarArchive([
    { name: 'Dockerfile', mode: 0o644, data: Buffer.from(dockerfile) },
    { name: 'bin/busybox', mode: 0o755, data: binary },
    { name: 'tmp/.keep', mode: 0o644, data: new Uint8Array() },
  ]);
  // dockerode's types ask for a path or a stream; a Buffer is sent as it is.
  const progress = await engine.buildImage(context as unknown as string, { t: name });
  for await (const piece of progress) {
    if (String(piece).includes('"error"')) throw new Error(`build failed: ${String(piece)}`);
  }
}

async function firstReadable(paths: readonly string[]): Promise<Buffer> {
  for (const path of paths) {
    try {
      return await readFile(path);
    } catch {
      // The next candidate, if any, is tried.
    }
  }
  throw new Error(`no busybox at ${paths.join(' or ')}: install the package busybox-static`);
}
