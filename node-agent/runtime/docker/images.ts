import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import type { ImageStatus, RegistryCredentials } from '../container-runtime.ts';
import { RuntimeError } from '../container-runtime.ts';
import { engineCall, engineCallIfPresent, interpretEngineError } from './engine-error.ts';

interface PullProgress {
  readonly error?: string;
}

/** The engine reports a failure inside a successful answer. */
export async function pullImage(
  engine: Docker,
  image: string,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal,
): Promise<ImageStatus> {
  const options = { ...splitReference(image), abortSignal: signal };
  const stream = await engineCall(
    credentials === undefined
      ? engine.createImage(options)
      : engine.createImage(engineCredentials(credentials), options),
  );
  await followPull(stream, image, signal);
  const status = await imageStatus(engine, image);
  if (status === undefined) throw new RuntimeError('ImageNotFound', `No such image: ${image}`);
  return status;
}

const engineCredentials = (credentials: RegistryCredentials): Record<string, string> => ({
  username: credentials.username ?? '',
  password: credentials.password ?? '',
  serveraddress: credentials.serverAddress ?? '',
  ...(credentials.identityToken === undefined ? {} : { identitytoken: credentials.identityToken }),
  ...(credentials.registryToken === undefined ? {} : { registrytoken: credentials.registryToken }),
});

async function followPull(
  stream: NodeJS.ReadableStream,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  let pending = '';
  try {
    for await (const piece of stream) {
      const lines = (pending + String(piece)).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines.filter((text) => text.trim() !== '')) {
        const { error } = JSON.parse(line) as PullProgress;
        if (error !== undefined) throw new RuntimeError('Failed', error);
      }
    }
  } catch (error) {
    if (signal.aborted) {
      throw new RuntimeError('Aborted', `pull of ${image} was given up`, { cause: error });
    }
    throw interpretEngineError(error);
  }
}

/** The engine pulls every tag of a repository when asked without one. */
function splitReference(image: string): { fromImage: string; tag: string } {
  const at = image.indexOf('@');
  if (at >= 0) return { fromImage: image.slice(0, at), tag: image.slice(at + 1) };
  const colon = image.indexOf(':', image.lastIndexOf('/') + 1);
  return colon < 0
    ? { fromImage: image, tag: 'latest' }
    : { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) };
}

export async function imageStatus(engine: Docker, image: string): Promise<ImageStatus | undefined> {
  try {
    const info = await engine.getImage(image).inspect();
    return {
      id: info.Id,
      names: [...(info.RepoDigests ?? []), ...(info.RepoTags ?? [])],
      sizeBytes: info.Size,
      user: info.Config.User,
    };
  } catch (error) {
    const failure = interpretEngineError(error);
    if (failure.code === 'ImageNotFound' || failure.code === 'NotFound') return undefined;
    throw failure;
  }
}

export async function listImages(engine: Docker): Promise<ImageStatus[]> {
  const images = await engineCall(engine.listImages());
  return images.map((info) => ({
    id: info.Id,
    names: [...(info.RepoDigests ?? []), ...(info.RepoTags ?? [])].filter(
      (name) => !name.includes('<none>'),
    ),
    sizeBytes: info.Size,
  }));
}

export function removeImage(engine: Docker, name: string): Promise<void> {
  return engineCallIfPresent(engine.getImage(name).remove());
}

/**
 * Has the files of an image written into a directory. They are those of a container that was created
 * of it and never started: any engine can do that, while only new ones mount images.
 */
export async function unpackImage(
  engine: Docker,
  image: string,
  directory: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const container = await engineCall(
    // An image of files only has no command, and no container is created without one.
    engine.createContainer({ Image: image, Entrypoint: ['-'], Labels: { ...labels } }),
  );
  try {
    await extract(await engineCall(container.export()), directory);
  } finally {
    await engineCallIfPresent(container.remove({ force: true, v: true }));
  }
}

/** What the engine itself puts into every container. */
const ENGINE_FILES = ['.dockerenv', 'dev/console', 'dev/pts', 'dev/shm', 'etc/mtab'];

async function extract(archive: NodeJS.ReadableStream, directory: string): Promise<void> {
  const exclude = ENGINE_FILES.map((name) => `--exclude=${name}`);
  const tar = spawn('tar', ['-x', '-f', '-', '-C', directory, ...exclude], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = once(tar, 'close') as Promise<[number | null]>;
  let said = '';
  tar.stderr.on('data', (piece: Buffer) => {
    if (said.length < MAX_SAID) said += String(piece);
  });
  try {
    await pipeline(archive, tar.stdin);
  } catch (error) {
    tar.kill();
    await ended;
    throw new RuntimeError('Failed', said.trim() || String(error), { cause: error });
  }
  const [code] = await ended;
  if (code !== 0) throw new RuntimeError('Failed', `tar ended with ${code}: ${said.trim()}`);
}

const MAX_SAID = 1024;
