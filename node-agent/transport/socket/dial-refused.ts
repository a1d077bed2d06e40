import { statusMessage } from '../post-json.ts';

/** HTTP's words for "only with an upgrade": what the control plane says when the upgrade got lost. */
const UPGRADE_REQUIRED = 426;
/** What errors of connections that were made and then cut off are known by. */
const CUT_OFF = /^(ECONNRESET|EPIPE|HPE_\w+)$/;
const NO_HANDSHAKE =
  /^(Opening handshake has timed out|Invalid (Upgrade|Connection|Sec-WebSocket-\w+) header)/;

/** A socket was asked for, and something answered that there is none. */
export class DialRefused extends Error {
  override readonly name = 'DialRefused';
  readonly status: number;
  /** Whether it was the control plane that answered, and not somebody between. */
  readonly isFromControlPlane: boolean;

  constructor(status: number, body: string) {
    super(`answered ${status}: ${statusMessage(body)}`);
    this.status = status;
    this.isFromControlPlane = isStatus(body);
  }
}

/**
 * Whether something between here and the control plane may be to blame for the failure of a WebSocket:
 * - `likely`: somebody answered who lets no WebSockets through;
 * - `perhaps`: that, or the control plane is away, or was for a moment;
 * - `no`: the control plane refuses, or cannot be reached at all.
 */
export function suspectBlock(error: unknown): 'likely' | 'perhaps' | 'no' {
  if (error instanceof DialRefused) {
    if (error.status === UPGRADE_REQUIRED) return 'likely';
    if (error.isFromControlPlane) return 'no';
    return error.status >= 500 ? 'perhaps' : 'likely';
  }
  if (!(error instanceof Error)) return 'no';
  const { code = '' } = error as NodeJS.ErrnoException;
  return CUT_OFF.test(code) || NO_HANDSHAKE.test(error.message) ? 'perhaps' : 'no';
}

function isStatus(body: string): boolean {
  try {
    const answer = JSON.parse(body) as { kind?: unknown } | null;
    return answer?.kind === 'Status';
  } catch {
    // Not the control plane's: its answers are JSON.
    return false;
  }
}
