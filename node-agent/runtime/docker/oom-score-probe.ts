import type Docker from 'dockerode';
import { engineCall, engineCallIfPresent } from './engine-error.ts';
import { PAUSE_IMAGE } from './pause-image.ts';
import { SANDBOX_OOM_SCORE_ADJ } from './sandbox-config.ts';

/**
 * Tells whether the engine may protect a process from the kernel's OOM killer. Lowering a score
 * takes CAP_SYS_RESOURCE, which engines inside some virtual machines and containers lack; there
 * every container with a negative score would fail to start. Found out with a sandbox that lives
 * for a moment, because the engine does not say.
 */
export async function canLowerOOMScore(engine: Docker): Promise<boolean> {
  const container = await engineCall(
    engine.createContainer({
      Image: PAUSE_IMAGE,
      HostConfig: { NetworkMode: 'none', OomScoreAdj: SANDBOX_OOM_SCORE_ADJ },
    }),
  );
  try {
    await container.start();
    return true;
  } catch {
    // Any other cause shows itself with the first real sandbox.
    return false;
  } finally {
    await engineCallIfPresent(container.remove({ force: true }));
  }
}
