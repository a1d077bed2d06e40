import { createHash } from 'node:crypto';
import { join } from 'node:path';

/**
 * Where a node keeps what must not survive a reboot: on the system's tmpfs where this may write
 * there. Two nodes of one machine may have the same name, in control planes of their own; so the
 * folder is told apart by where the node's state is.
 */
export function runDirOf(nodeName: string, stateRoot: string): string {
  if (process.getuid?.() !== 0) return join(stateRoot, 'run');
  const digest = createHash('sha256').update(stateRoot).digest('hex');
  return join('/run/fairlead', `${nodeName}-${digest.slice(0, 8)}`);
}
