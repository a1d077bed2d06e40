import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { RuntimeError } from '../container-runtime.ts';
import { engineCall } from './engine-error.ts';

/**
 * Makes an image of one layer, without a registry.
 *
 * @param name with its tag; a registry in it may have a port of its own
 * @param archive a tar file of what is in it
 * @param changes instructions as of a Dockerfile (`ENTRYPOINT …`)
 * @throws RuntimeError with what the engine said where it made none
 */
export async function importImage(
  engine: Docker,
  name: string,
  archive: Buffer,
  changes: readonly string[],
): Promise<void> {
  const [repo = name, tag = 'latest'] = name.split(/:(?=[^/]*$)/);
  const options = { repo, tag, changes };
  const stream = await engineCall(engine.importImage(Readable.from([archive]), options));
  let answer = '';
  for await (const piece of stream) answer += String(piece);
  // Podman's socket takes no notice of the tag.
  const [id] = /sha256:[0-9a-f]{64}/.exec(answer) ?? [];
  if (id === undefined) throw new RuntimeError('Failed', `the engine imported no image: ${answer}`);
  await engineCall(engine.getImage(id).tag({ repo, tag }));
}
