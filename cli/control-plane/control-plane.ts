import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { APIClient } from '../api-client.ts';
import type { DataDir } from '../data-dir.ts';
import { prepareDataDir, writeAtomically } from '../data-dir.ts';
import { recordProcess } from '../data-dir-claim.ts';
import { openLog } from '../log-file.ts';
import { workerBundle } from './bundle.ts';
import { servingCertificate } from './certificates.ts';
import { mintAdminToken, rootKey } from './credentials.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { requireFreePort } from './port.ts';
import { reachOf, serverURL } from './reach.ts';
import { newNetworkPolicy } from '../webhook-relay/network-policy.ts';
import { startWebhookRelay } from '../webhook-relay/webhook-relay.ts';
import { WEBHOOK_RELAY_SOCKET, workerdConfigText } from './workerd-config.ts';

/** Open files: three for every Durable Object that is awake. */
const OPEN_FILES = 65_536;
const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 25;

export interface ControlPlaneOptions {
  readonly dir: DataDir;
  /** Address to listen on. */
  readonly address: string;
  readonly port: number;
  /** Names that the API is reached by, beside those of this machine. */
  readonly names?: readonly string[];
  /** Where others find the API server: the issuer of ServiceAccount tokens. */
  readonly publicURL?: string;
  /** Private networks, in CIDR notation, that webhooks may be called in; none without. */
  readonly webhookNetworks?: readonly string[];
  readonly onProgress: (text: string) => void;
}

/** A workerd process that serves the API. */
export interface ControlPlane {
  readonly client: APIClient;
  readonly ca: string;
  readonly server: string;
  readonly process: ChildProcess;
  /** Resolves when the process is gone. */
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  stop(): Promise<void>;
}

/** Starts the control plane and waits until it answers. Throws with the end of its log if not. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { dir, address, port, onProgress } = options;
  await prepareDataDir(dir);
  await requireFreePort(address, port);
  const bundle = await workerBundle(() => onProgress('building the control plane'));
  const reach = reachOf(address, options.names ?? []);
  const serving = await servingCertificate(dir, reach.names, Date.now());
  const key = await rootKey(dir);
  const config = join(dir.runtime, 'workerd.capnp');
  await copyFile(bundle, join(dir.runtime, 'index.js'));
  await writeFile(join(dir.runtime, 'server.crt'), serving.certificate);
  await writeFile(join(dir.runtime, 'server.key'), serving.privateKey, { mode: 0o600 });
  const listen = serverURL(address, port).replace('https://', '');
  await writeFile(config, workerdConfigText({ listen, dataPath: dir.data }));
  const server = serverURL(reach.local, port);
  await writeFile(dir.joinURL, reach.others === undefined ? '' : serverURL(reach.others, port));
  const token = await mintAdminToken(key);
  const relay = await startWebhookRelay(
    join(dir.runtime, WEBHOOK_RELAY_SOCKET),
    newNetworkPolicy(options.webhookNetworks ?? []),
  );
  const child = await spawnWorkerd(config, join(dir.logs, 'control-plane.log'), {
    FAIRLEAD_ROOT_KEY: key,
    FAIRLEAD_CA: serving.ca,
    ...(options.publicURL === undefined ? {} : { FAIRLEAD_PUBLIC_URL: options.publicURL }),
  });
  const exited = exitOf(child);
  await recordProcess(dir, 'control-plane', child.pid);
  const client = new APIClient({ server, ca: serving.ca, token });
  try {
    await waitUntilReady(client, exited, join(dir.logs, 'control-plane.log'));
  } catch (error) {
    child.kill('SIGKILL');
    await relay.stop();
    throw error;
  }
  await writeAtomically(
    dir.kubeconfig,
    kubeconfigText({ server, ca: serving.ca, token, name: 'fairlead' }),
    0o600,
  );
  return {
    client,
    ca: serving.ca,
    server,
    process: child,
    exited,
    async stop() {
      // SIGTERM would wait for every open watch; SIGINT ends at once, and commits are durable.
      child.kill('SIGINT');
      await exited;
      await relay.stop();
    },
  };
}

/** Through a shell, which raises the limit of open files as far as the system lets it. */
async function spawnWorkerd(
  config: string,
  logPath: string,
  env: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const require = createRequire(import.meta.url);
  const { default: binary } = (await import(require.resolve('workerd'))) as {
    default: string | { default: string };
  };
  const workerd = typeof binary === 'string' ? binary : binary.default;
  const log = openLog(logPath);
  const child = spawn(
    'sh',
    [
      '-c',
      `ulimit -n ${OPEN_FILES} 2>/dev/null || ulimit -n "$(ulimit -H -n)"; exec "$0" serve "$1"`,
      workerd,
      config,
    ],
    {
      cwd: dirname(config),
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    },
  );
  closeSync(log);
  return child;
}

function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 1, signal: null }));
  });
}

async function waitUntilReady(
  client: APIClient,
  exited: Promise<unknown>,
  logPath: string,
): Promise<void> {
  const gone = exited.then(() => true);
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline;) {
    if (await isReady(client)) return;
    if (await Promise.race([gone, pause(POLL_MS)])) {
      throw new Error(`the control plane ended at once; its log is ${logPath}`);
    }
  }
  throw new Error(
    `the control plane did not answer within ${READY_TIMEOUT_MS / 1000} s; its log is ${logPath}`,
  );
}

async function isReady(client: APIClient): Promise<boolean> {
  try {
    return (await client.request('GET', '/readyz')).status === 200;
  } catch {
    // Not listening yet.
    return false;
  }
}

const pause = (ms: number): Promise<false> =>
  new Promise((resolve) => setTimeout(() => resolve(false), ms));
