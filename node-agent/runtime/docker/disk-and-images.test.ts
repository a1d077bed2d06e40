import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { containerConfig, sandboxConfig } from '../../../test/contract/container-runtime.ts';
import { buildBusyboxImage } from '../../../test/fakes/busybox-image.ts';
import { systemClock } from '../../clock.ts';
import { DockerRuntime } from './docker-runtime.ts';

const IMAGE = 'fairlead.test/busybox:1';
const MI = 2 ** 20;
const engine = new Docker();
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(() => buildBusyboxImage(IMAGE));
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function newRuntime(): DockerRuntime {
  const node = { cluster: `test-${randomUUID().slice(0, 8)}`, node: 'disk' };
  const runtime = new DockerRuntime({ node, clock: systemClock });
  cleanups.push(() => runtime.close());
  return runtime;
}

/** Runs a script in a container to its end. */
async function ran(runtime: DockerRuntime, script: string, image = IMAGE): Promise<string> {
  const pod = { namespace: 'default', name: 'subject', uid: randomUUID() };
  const sandbox = await runtime.runPodSandbox(sandboxConfig(pod));
  cleanups.push(() => runtime.removePodSandbox(sandbox));
  const command = ['sh', '-c', script];
  const id = await runtime.createContainer(sandbox, containerConfig(pod, image, { command }));
  cleanups.push(() => runtime.removeContainer(id));
  await runtime.startContainer(id);
  await engine.getContainer(id).wait();
  return id;
}

/** An image that nothing else is made of, gone at the end. */
async function newImage(): Promise<string> {
  const repo = `fairlead.test/disk-${randomUUID().slice(0, 8)}`;
  const source = await engine.createContainer({ Image: IMAGE, Cmd: ['true'] });
  await source.commit({ repo, tag: '1', changes: `LABEL made=${repo}` });
  await source.remove();
  const name = `${repo}:1`;
  cleanups.push(() =>
    engine
      .getImage(name)
      .remove({ force: true })
      .catch(() => undefined),
  );
  return name;
}

describe('Docker', () => {
  it('counts what a container has written, and what it has said', async () => {
    const runtime = newRuntime();
    const writes = await ran(runtime, 'dd if=/dev/zero of=/file bs=1M count=2');
    const says = await ran(runtime, 'dd if=/dev/zero bs=1M count=1 | tr "\\0" x');
    const used = await runtime.containerDiskUsage();
    expect(used.get(writes)).toBeGreaterThanOrEqual(2 * MI);
    expect(used.get(says)).toBeGreaterThanOrEqual(MI);
  });

  it('writes the files of an image into a directory, and leaves no container', async () => {
    const runtime = newRuntime();
    const directory = await mkdtemp(join(tmpdir(), 'fairlead-image-'));
    cleanups.push(() => rm(directory, { recursive: true, force: true }));
    const image = await newImage();
    await runtime.unpackImage(image, directory);
    expect(await readdir(directory)).toEqual(expect.arrayContaining(['bin', 'tmp']));
    expect(await readdir(directory)).not.toContain('.dockerenv');
    expect((await stat(join(directory, 'bin', 'busybox'))).mode & 0o777).toBe(0o755);
    const filters = { ancestor: [image] };
    expect(await engine.listContainers({ all: true, filters })).toEqual([]);
  });

  it('tells no event of the container that an image is unpacked from, which is of no pod', async () => {
    const runtime = newRuntime();
    const told = new Set<string>();
    runtime.subscribe((event) => {
      if (event.kind !== 'relist') told.add(event.podUID);
    });
    const directory = await mkdtemp(join(tmpdir(), 'fairlead-image-'));
    cleanups.push(() => rm(directory, { recursive: true, force: true }));
    await runtime.unpackImage(IMAGE, directory);
    // Events come in their order: once those of a pod are there, none is missing.
    await ran(runtime, 'true');
    await vi.waitFor(() => expect(told.size).toBeGreaterThan(0), 10_000);
    expect([...told]).toEqual([expect.stringMatching(/./)]);
  });

  it('removes no image that a container is of', async () => {
    const runtime = newRuntime();
    const image = await newImage();
    const id = await ran(runtime, 'true', image);
    await expect(runtime.removeImage(image)).rejects.toMatchObject({ code: 'InvalidArgument' });
    await runtime.removeContainer(id);
    await runtime.removeImage(image);
    expect(await runtime.imageStatus(image)).toBeUndefined();
  });
});
