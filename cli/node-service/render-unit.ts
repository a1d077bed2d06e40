import type { AgentConfig } from '../../node-agent/agent-config.ts';
import {
  shutdownPeriods,
  shutdownSeconds,
} from '../../node-agent/diff/shutdown/shutdown-periods.ts';
import { SHUTDOWN_OVERHEAD_SECONDS } from '../../node-agent/sync/node-shutdown.ts';
import { PODMAN } from '../engine.ts';
import type { Installation } from './installation.ts';
import type { ServiceManager } from './service-manager.ts';
import { unitText } from './unit-file.ts';
import type { OwnUnit } from './unit-file.ts';

/** For what an agent does in any case before it ends. */
const STOP_MARGIN_SECONDS = 20;

/** The text of an installation's unit, for the agent's configuration and this machine's systemd. */
export function renderUnit(
  installation: Installation,
  { engineUnit, dockerHost }: Pick<OwnUnit, 'engineUnit' | 'dockerHost'>,
  config: AgentConfig,
  { version }: ServiceManager,
): string {
  const periods = shutdownSeconds(shutdownPeriods(config));
  return unitText({
    installation,
    engineUnit,
    dockerHost,
    stopSeconds: periods + SHUTDOWN_OVERHEAD_SECONDS + STOP_MARGIN_SECONDS,
    systemdVersion: version,
  });
}

/** What of the engine goes into the configuration, and what into the unit. */
export interface EnginePlace {
  readonly dockerSocket?: string;
  readonly unit: Pick<OwnUnit, 'engineUnit' | 'dockerHost'>;
}

/**
 * The agent finds the engine that the command line found, which had it from DOCKER_HOST or in its usual
 * place.
 *
 * @param version as {@link ensureEngine} says it
 */
export function placeOfEngine(version: string, dockerHost: string | undefined): EnginePlace {
  const isPodman = version.startsWith(PODMAN);
  if (dockerHost === undefined || dockerHost === '') {
    return { unit: { engineUnit: isPodman ? 'podman.socket' : 'docker.service' } };
  }
  const [, dockerSocket] = /^unix:\/\/(\/.*)$/.exec(dockerHost) ?? [];
  if (dockerSocket === undefined) return { unit: { engineUnit: '', dockerHost } };
  // Any other socket may belong to a service of any name.
  const engineUnit = dockerSocket.endsWith('/podman/podman.sock') ? 'podman.socket' : '';
  return { dockerSocket, unit: { engineUnit } };
}
