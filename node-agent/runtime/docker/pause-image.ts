import type Docker from 'dockerode';
import { RuntimeError } from '../container-runtime.ts';
import { importImage } from './import-image.ts';
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
  await importImage(engine, PAUSE_IMAGE, archive, ['ENTRYPOINT ["/pause"]']);
}
