import type Docker from 'dockerode';
import type { ImageStatus } from '../container-runtime.ts';
import { RuntimeError } from '../container-runtime.ts';
import { engineCall, interpretEngineError } from './engine-error.ts';

interface PullProgress {
  readonly error?: string;
}

/** Pulls without credentials; the engine reports a failure inside a successful answer. */
export async function pullImage(
  engine: Docker,
  image: string,
  signal: AbortSignal,
): Promise<ImageStatus> {
  const stream = await engineCall(
    engine.createImage({ ...splitReference(image), abortSignal: signal }),
  );
  await followPull(stream, image, signal);
  const status = await imageStatus(engine, image);
  if (status === undefined) throw new RuntimeError('ImageNotFound', `No such image: ${image}`);
  return status;
}

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
