import { execFile } from 'node:child_process';

/** An answer that takes longer than this is none: there is a machine to be shut down. */
const TIMEOUT_MS = 3_000;

/**
 * Whether the machine as a whole is going down, as systemd says; false also where there is no systemd.
 * Told by `systemctl`, which needs no message bus.
 */
export function isMachineStopping(): Promise<boolean> {
  return new Promise((resolve) => {
    // The exit code says whether all is well, which is not what is asked; so errors are no matter.
    const options = { timeout: TIMEOUT_MS };
    execFile('systemctl', ['is-system-running'], options, (_error, stdout) =>
      resolve(stdout.trim() === 'stopping'),
    );
  });
}
