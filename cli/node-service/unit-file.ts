import { AGENT_ENVIRONMENT, AGENT_NODE_FLAGS } from '../agent-process.ts';
import type { Installation } from './installation.ts';
import { configPath } from './installation.ts';

/** What a unit is written from. */
export interface UnitSettings {
  readonly installation: Installation;
  /** The unit that starts the engine, as `docker.service`; empty: none is known of. */
  readonly engineUnit: string;
  /** Where the engine is, if not where engines are; goes into the agent's environment. */
  readonly dockerHost?: string | undefined;
  /** What the agent takes at most to end, pods included. */
  readonly stopSeconds: number;
  /** Of systemd: older ones do not know all settings. */
  readonly systemdVersion: number;
}

/** What our own units are known by; systemd passes over sections of such names. */
const OWN_SECTION = 'X-Fairlead';
/** Both engines' units: who is not there is ordered after by nobody. */
const ENGINE_UNITS = 'docker.service podman.socket podman.service';
/** Lets the time between restarts grow; from this version on. */
const GROWING_DELAYS_SINCE = 254;

/**
 * The unit of a node's agent.
 *
 * It is ordered after the engine and the network, so that on the machine's way down it ends before them:
 * then the agent ends pods, which have to be told about. What would give it a view of the file system
 * of its own (ProtectSystem and the like) is left out, since the engine has to see what it mounts; so
 * is RestrictSUIDSGID, since volumes of groups have the set-group-ID bit.
 */
export function unitText(settings: UnitSettings): string {
  const { installation, engineUnit, dockerHost, stopSeconds, systemdVersion } = settings;
  const { prefix, stateDir } = installation;
  const program = `${prefix}/current/bin/node`;
  const agent = `${prefix}/current/lib/agent.mjs`;
  const command = [program, ...AGENT_NODE_FLAGS, agent, '--config', configPath(installation)];
  const environment = {
    ...AGENT_ENVIRONMENT,
    ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
  };
  const wants = ['network-online.target', engineUnit].filter((unit) => unit !== '');
  return [
    '# Written by `fairlead node install`, and anew by `fairlead node upgrade`: for settings of your own',
    '# use `systemctl edit`.',
    '[Unit]',
    'Description=Fairlead node agent',
    `Wants=${wants.join(' ')}`,
    `After=network-online.target ${ENGINE_UNITS}`,
    '# A node has nobody who would start it again.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.map(word).join(' ')}`,
    ...Object.entries(environment).map(
      ([name, value]) => `Environment=${word(`${name}=${value}`)}`,
    ),
    'Restart=always',
    'RestartSec=2s',
    ...(systemdVersion >= GROWING_DELAYS_SINCE ? ['RestartSteps=5', 'RestartMaxDelaySec=30s'] : []),
    '# The agent alone is told to end. Containers are not among its processes.',
    'KillMode=mixed',
    `TimeoutStopSec=${stopSeconds}s`,
    'LimitNOFILE=1048576',
    'TasksMax=infinity',
    'OOMScoreAdjust=-999',
    'UMask=0022',
    'NoNewPrivileges=yes',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'SystemCallArchitectures=native',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
    `[${OWN_SECTION}]`,
    `Prefix=${prefix}`,
    `StateDir=${stateDir}`,
    `EngineUnit=${engineUnit}`,
    ...(dockerHost === undefined ? [] : [`DockerHost=${dockerHost}`]),
    '',
  ].join('\n');
}

/** What one of our units says of itself. */
export type OwnUnit = Pick<Installation, 'prefix' | 'stateDir'> &
  Pick<UnitSettings, 'engineUnit' | 'dockerHost'>;

/** Undefined for a unit of somebody else's. */
export function readOwnUnit(text: string): OwnUnit | undefined {
  const lines = text.split('\n');
  const begin = lines.indexOf(`[${OWN_SECTION}]`);
  if (begin < 0) return undefined;
  const values = new Map<string, string>();
  for (const line of lines.slice(begin + 1)) {
    if (line.startsWith('[')) break;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, value);
  }
  const prefix = values.get('Prefix');
  const stateDir = values.get('StateDir');
  if (prefix === undefined || stateDir === undefined) return undefined;
  const dockerHost = values.get('DockerHost');
  return { prefix, stateDir, engineUnit: values.get('EngineUnit') ?? '', dockerHost };
}

/** A word of a command line as systemd reads them. */
function word(text: string): string {
  const plain = text.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w/.:=@%$+,-]+$/.test(plain) ? plain : `"${plain}"`;
}
