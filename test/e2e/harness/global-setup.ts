import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { agentBundle } from '../../../cli/agent-process.ts';
import { workerBundle } from '../../../cli/control-plane/bundle.ts';
import { buildHelloImage } from '../../../cli/hello/hello-image.ts';
import { buildBusyboxImage } from '../../fakes/busybox-image.ts';
import { nodesWithContainers, removeNodeRemains } from './engine.ts';
import { kubectlPath } from './kubectl.ts';
import { IMAGE, OTHER_IMAGE } from './image.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What the names of this run's nodes begin with. */
    nodePrefix: string;
    /** Where every data directory of this run lies. */
    scratch: string;
  }
}

/** Builds what every file needs, once; afterwards removes what a file that broke has left. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const nodePrefix = `e2e-${randomBytes(3).toString('hex')}`;
  const scratch = join(tmpdir(), `fairlead-${nodePrefix}`);
  project.provide('nodePrefix', nodePrefix);
  project.provide('scratch', scratch);
  if (kubectlPath === null) {
    process.stderr.write('no kubectl on this machine: tests that need it are skipped\n');
  }
  await workerBundle(() => undefined);
  await agentBundle(() => undefined);
  await buildBusyboxImage(IMAGE);
  await buildBusyboxImage(OTHER_IMAGE);
  await buildHelloImage();
  return async () => {
    for (const nodeName of await nodesWithContainers(nodePrefix)) await removeNodeRemains(nodeName);
    await rm(scratch, { recursive: true, force: true });
  };
}
