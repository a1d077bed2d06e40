import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe } from 'vitest';
import { containerRuntimeContract } from '../../../test/contract/container-runtime.ts';
import { until } from '../../../test/e2e/harness/until.ts';
import { buildBusyboxImage } from '../../../test/fakes/busybox-image.ts';
import { systemClock } from '../../clock.ts';
import { DockerRuntime } from './docker-runtime.ts';

const IMAGE = 'fairlead.test/busybox:1';
/** Podman asks for a million open files, which a machine may not grant. */
const LIMITS = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n';
/** Where podman keeps what it has, so that nothing stays behind. */
const storageIn = (folder: string): string[] => [
  `--root=${join(folder, 'images')}`,
  `--runroot=${join(folder, 'run')}`,
];
const hasPodman = spawnSync('podman', ['--version']).status === 0;

/** Podman's socket that speaks Docker's API, on storage of its own. docs/engines.md. */
describe.skipIf(!hasPodman)('The Docker driver on podman', () => {
  let folder: string;
  let service: ChildProcess;
  let socketPath: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-podman-'));
    socketPath = join(folder, 'podman.sock');
    const config = join(folder, 'containers.conf');
    await writeFile(config, LIMITS);
    const args = [...storageIn(folder), 'system', 'service', '--time=0', `unix://${socketPath}`];
    const env = { ...process.env, CONTAINERS_CONF: config };
    service = spawn('podman', args, { stdio: 'ignore', env });
    const engine = new Docker({ socketPath });
    await until('podman answers', async () => (await engine.ping()) !== undefined);
    await buildBusyboxImage(IMAGE, engine);
  });

  afterAll(async () => {
    service.kill('SIGTERM');
    await new Promise((resolve) => service.once('exit', resolve));
    spawnSync('podman', [...storageIn(folder), 'rm', '-af', '-t0']);
    spawnSync('umount', [join(folder, 'images', 'overlay')]);
    await rm(folder, { recursive: true, force: true });
  });

  containerRuntimeContract(async () => {
    const node = { cluster: `test-${randomUUID().slice(0, 8)}`, node: 'contract' };
    const runtime = new DockerRuntime({ node, clock: systemClock, socketPath });
    return { runtime, image: IMAGE, canUpdate: false };
  });
});
