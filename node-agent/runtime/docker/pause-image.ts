import type Docker from 'dockerode';
import { RuntimeError } from '../container-runtime.ts';
import { engineCall } from './engine-error.ts';
import type { Architecture } from './pause-program.ts';
import { pauseProgram } from './pause-program.ts';
import { tarArchive } from './tar.ts';

export const PAUSE_IMAGE = 'fairlead.dev/pause:1';

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x86_64: 'amd64',
  amd64: 'amd64',
  aarch64: 'arm64',
  arm64: 'arm64',
};

/** Makes the sandbox image from nothing where the engine does not have it. */
export async function ensurePauseImage(engine: Docker): Promise<void> {
  const found = await engine.listImages({ filters: { reference: [PAUSE_IMAGE] } });
  if (found.length > 0) return;
  const { Architecture: reported } = (await engine.info()) as { Architecture: string };
  const architecture = ARCHITECTURES[reported];
  if (architecture === undefined) {
    throw new RuntimeError('Failed', `no sandbox program for architecture ${reported}`);
  }
  const archive = tarArchive([{ name: 'pause', mode: 0o755, data: pauseProgram(architecture) }]);
  const [repo = '', tag = ''] = PAUSE_IMAGE.split(':');
  const options = { repo, tag, changes: ['ENTRYPOINT ["/pause"]'] };
  // dockerode's types know a path only; a Buffer is sent as it is.
  const stream = await engineCall(engine.importImage(archive as unknown as string, options));
  let answer = '';
  for await (const piece of stream) answer += String(piece);
  // Podman's socket takes no notice of the tag.
  const [id] = /sha256:[0-9a-f]{64}/.exec(answer) ?? [];
  if (id === undefined) throw new RuntimeError('Failed', `the engine imported no image: ${answer}`);
  await engineCall(engine.getImage(id).tag({ repo, tag }));
}
