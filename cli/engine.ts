import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import { isPodman } from '../node-agent/runtime/docker/podman.ts';
import { openLog } from './log-file.ts';

/** How the version of an engine begins that is not Docker, and differs in what docs/engines.md lists. */
export const PODMAN = 'Podman';
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 250;

export type EngineState =
  | { readonly ready: true; readonly version: string }
  /** `why` tells a person what to do. */
  | { readonly ready: false; readonly why: string };

/** Asks the engine at DOCKER_HOST, or its usual socket, for its version, such as `Docker 20.10.24`. */
export async function engineVersion(): Promise<string | null> {
  try {
    const answer = await new Docker().version();
    return `${isPodman(answer) ? PODMAN : 'Docker'} ${answer.Version}`;
  } catch {
    // No socket, no permission, nobody listening: there is no engine for us.
    return null;
  }
}

/**
 * Makes sure that a container engine answers. Where none does, and this is root on Debian or
 * Ubuntu, the distribution's docker.io is installed and started, unless that is forbidden;
 * `announce` is told before.
 */
export async function ensureEngine(options: {
  install: boolean;
  logPath: string;
  announce: (text: string) => void;
}): Promise<EngineState> {
  const version = await engineVersion();
  if (version !== null) return { ready: true, version };
  const host = process.env['DOCKER_HOST'];
  if (host !== undefined && host !== '') {
    return {
      ready: false,
      why: `no container engine answers at ${host}: start it, or unset DOCKER_HOST, then run this again`,
    };
  }
  if (process.getuid?.() !== 0) {
    return {
      ready: false,
      why: 'no container engine answers: start Docker, or add yourself to the group docker, then run this again',
    };
  }
  if (!existsSync('/usr/sbin/dockerd') && !existsSync('/usr/bin/dockerd')) {
    if (!options.install) {
      return {
        ready: false,
        why: 'no container engine is installed, and --no-install-engine was given',
      };
    }
    if (!(await isDebian())) {
      return {
        ready: false,
        why: 'no container engine is installed: install Docker, then run this again',
      };
    }
    options.announce('no container engine here: installing docker.io with apt-get');
    const failure = installDockerIO();
    if (failure !== null) return { ready: false, why: failure };
  }
  options.announce('starting the Docker engine');
  startEngine(options.logPath);
  return waitForEngine(options.logPath);
}

async function isDebian(): Promise<boolean> {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(await readFile('/etc/os-release', 'utf8'));
  } catch {
    // No such file: not a Debian.
    return false;
  }
}

/** Returns what went wrong, null when nothing did. */
function installDockerIO(): string | null {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  run('update', '-qq');
  const { status, stderr } = run('install', '-y', '-qq', '--no-install-recommends', 'docker.io');
  if (status === 0) return null;
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return `apt-get could not install docker.io (${last}): install Docker by hand, then run this again`;
}

/** With the service manager where there is one, else as a process of its own that stays. */
function startEngine(logPath: string): void {
  if (existsSync('/run/systemd/system')) {
    if (spawnSync('systemctl', ['start', 'docker']).status === 0) return;
  }
  const log = openLog(logPath);
  spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] }).unref();
}

async function waitForEngine(logPath: string): Promise<EngineState> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline;) {
    const version = await engineVersion();
    if (version !== null) return { ready: true, version };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { ready: false, why: `the Docker engine did not start; its log is ${logPath}` };
}
