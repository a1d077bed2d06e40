import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

/**
 * Tells the agent of a state directory apart from all others; the same for the same folder, also when
 * what was in it is lost.
 */
export function agentID(stateDir: string): string {
  return createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 16);
}
