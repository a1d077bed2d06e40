import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type {
  ContainerConfig,
  ContainerRuntime,
  ContainerStatus,
  OutputChunk,
  PodSandboxConfig,
  RuntimeEvent,
} from '../../node-agent/runtime/container-runtime.ts';

export interface ContractSubject {
  readonly runtime: ContainerRuntime;
  /** An image that is present and has the busybox applets true, false, echo, sleep and cat. */
  readonly image: string;
  /** Whether what a running container may use can be changed; default true. */
  readonly canUpdate?: boolean;
}

/**
 * What every driver must do; run by the driver's own test with a factory for a fresh runtime.
 * @param runsPrograms whether what a container runs is a program, and not a simulation of one
 */
export function containerRuntimeContract(
  create: () => Promise<ContractSubject>,
  { runsPrograms = true } = {},
): void {
  const cleanups: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function setUp() {
    const subject = await create();
    const { runtime } = subject;
    cleanups.push(async () => {
      for (const container of await runtime.listContainers()) {
        await runtime.removeContainer(container.id);
      }
      for (const sandbox of await runtime.listPodSandboxes()) {
        await runtime.removePodSandbox(sandbox.id);
      }
      await runtime.close();
    });
    const pod = { namespace: 'default', name: 'subject', uid: randomUUID() };
    const sandboxID = await runtime.runPodSandbox(sandboxConfig(pod));
    const createIn = (over: Partial<ContainerConfig>) =>
      runtime.createContainer(sandboxID, containerConfig(pod, subject.image, over));
    const run = async (over: Partial<ContainerConfig>) => {
      const id = await createIn(over);
      await runtime.startContainer(id);
      return id;
    };
    return { ...subject, pod, sandboxID, create: createIn, run };
  }

  describe('sandboxes', () => {
    it('are ready with an address once they run, and listed with their pod', async () => {
      const { runtime, pod, sandboxID } = await setUp();
      const status = await runtime.podSandboxStatus(sandboxID);
      expect(status).toMatchObject({ pod, attempt: 0, state: 'ready' });
      expect(status?.ips[0]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(await runtime.listPodSandboxes()).toEqual([status]);
      expect(await runtime.listContainers()).toEqual([]);
    });

    it('are not ready once they are stopped, and gone once they are removed', async () => {
      const { runtime, sandboxID } = await setUp();
      await runtime.stopPodSandbox(sandboxID);
      await runtime.stopPodSandbox(sandboxID);
      expect(await runtime.podSandboxStatus(sandboxID)).toMatchObject({ state: 'notReady' });
      await runtime.removePodSandbox(sandboxID);
      await runtime.removePodSandbox(sandboxID);
      expect(await runtime.podSandboxStatus(sandboxID)).toBeUndefined();
    });
  });

  describe('containers', () => {
    it('are created, then running, and keep what they were created with', async () => {
      const { runtime, pod, sandboxID, create } = await setUp();
      const id = await create({ command: ['sleep', '1000'], attempt: 3, hash: 'abc' });
      const created = await runtime.containerStatus(id);
      expect(created).toMatchObject({
        id,
        sandboxID,
        pod,
        name: 'main',
        attempt: 3,
        hash: 'abc',
        state: { kind: 'created' },
      });
      await runtime.startContainer(id);
      expect((await runtime.containerStatus(id))?.state.kind).toBe('running');
      expect((await runtime.listContainers()).map((container) => container.id)).toEqual([id]);
    });

    it.each([
      { command: ['true'], wantCode: 0, wantReason: 'Completed' },
      { command: ['false'], wantCode: 1, wantReason: 'Error' },
    ])('that end by themselves keep exit code $wantCode', async (row) => {
      const { runtime, run } = await setUp();
      const id = await run({ command: row.command });
      const status = await exited(runtime, id);
      expect(status.state).toMatchObject({ exitCode: row.wantCode, reason: row.wantReason });
    });

    it('are stopped within the grace period, twice over without harm', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sleep', '1000'] });
      await runtime.stopContainer(id, 1);
      expect((await runtime.containerStatus(id))?.state.kind).toBe('exited');
      await runtime.stopContainer(id, 1);
    });

    it('that were asked to stop slowly stop at once when asked again without grace', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sleep', '1000'] });
      const slow = runtime.stopContainer(id, 600);
      await runtime.stopContainer(id, 0);
      await slow;
      expect((await runtime.containerStatus(id))?.state.kind).toBe('exited');
    });

    it('have what they were created with, and what they are changed to while they run', async () => {
      const { canUpdate = true, runtime, run } = await setUp();
      const resources = {
        cpuShares: 102,
        cpuQuota: 20_000,
        memoryLimitBytes: 64 * 2 ** 20,
        oomScoreAdj: 0,
      };
      const id = await run({ command: ['sleep', '1000'], resources });
      const { oomScoreAdj: _score, ...shown } = resources;
      expect((await runtime.containerStatus(id))?.resources).toEqual(shown);
      if (!canUpdate) {
        const message = 'the container engine cannot change what a running container may use';
        await expect(runtime.updateContainerResources(id, resources)).rejects.toThrow(message);
        return;
      }
      for (const memoryLimitBytes of [96 * 2 ** 20, 48 * 2 ** 20]) {
        const changed = { cpuShares: 204, cpuQuota: 30_000, memoryLimitBytes };
        await runtime.updateContainerResources(id, { ...changed, oomScoreAdj: 0 });
        const status = await runtime.containerStatus(id);
        expect(status).toMatchObject({ resources: changed, state: { kind: 'running' } });
      }
    });

    it('are gone once they are removed, running or not', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sleep', '1000'] });
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      expect(await runtime.containerStatus(id)).toBeUndefined();
      await runtime.stopContainer(id, 1);
    });

    it('of an image that is not present are refused', async () => {
      const { create } = await setUp();
      await expect(create({ image: 'localhost/absent:1' })).rejects.toMatchObject({
        name: 'RuntimeError',
        code: 'ImageNotFound',
      });
    });
  });

  describe('stats', () => {
    it('are those of a container that runs, and its CPU time never shrinks', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sleep', '1000'] });
      const first = await runtime.containerStats(id);
      expect(first?.timestampMs).toBeGreaterThan(0);
      expect(first?.workingSetBytes).toBeGreaterThan(0);
      const second = await runtime.containerStats(id);
      expect(second!.usageCoreNanoSeconds).toBeGreaterThanOrEqual(first!.usageCoreNanoSeconds);
      expect(second!.timestampMs).toBeGreaterThanOrEqual(first!.timestampMs);
    });

    it('are not there for a container that does not run, or is not there', async () => {
      const { runtime, create, run } = await setUp();
      expect(
        await runtime.containerStats(await create({ name: 'new', command: ['true'] })),
      ).toBeUndefined();
      const id = await run({ command: ['sleep', '1000'] });
      await runtime.stopContainer(id, 0);
      expect(await runtime.containerStats(id)).toBeUndefined();
      await runtime.removeContainer(id);
      expect(await runtime.containerStats(id)).toBeUndefined();
    });
  });

  describe('events', () => {
    it('tell of each change after it happened', async () => {
      const { runtime, pod, create } = await setUp();
      const seen: RuntimeEvent[] = [];
      runtime.subscribe((event) => seen.push(event));
      const id = await create({ command: ['true'] });
      await runtime.startContainer(id);
      await exited(runtime, id);
      const event = { kind: 'container', id, podUID: pod.uid };
      // An engine may tell of it later than it shows it.
      await vi.waitFor(() => expect(seen).toContainEqual(event), 10_000);
    });
  });

  describe('logs', () => {
    it('hold what was written, whole or only the last lines', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['echo', 'one\ntwo\nthree'] });
      await exited(runtime, id);
      const whole = await runtime.containerLogs(id, { follow: false, timestamps: false });
      expect(await text(whole.output)).toBe('one\ntwo\nthree\n');
      const tail = await runtime.containerLogs(id, {
        follow: true,
        timestamps: false,
        tailLines: 2,
      });
      expect(await text(tail.output)).toBe('two\nthree\n');
    });
  });

  describe('exec', () => {
    it.each([
      { command: ['echo', 'hi'], wantOutput: 'hi\n', wantCode: 0 },
      { command: ['false'], wantOutput: '', wantCode: 1 },
    ])('of $command gives its output and exit code', async (row) => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sleep', '1000'] });
      const session = await runtime.exec(id, { command: row.command, stdin: false, tty: false });
      expect(await text(session.output)).toBe(row.wantOutput);
      expect(await session.exitCode()).toBe(row.wantCode);
    });

    it('passes input on and sees its end', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sleep', '1000'] });
      const session = await runtime.exec(id, { command: ['cat'], stdin: true, tty: false });
      session.stdin?.write('some ');
      session.stdin?.end('input');
      expect(await text(session.output)).toBe('some input');
      expect(await session.exitCode()).toBe(0);
    });

    it('is killed', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sleep', '1000'] });
      const session = await runtime.exec(id, { command: ['cat'], stdin: true, tty: false });
      session.stdin?.write('input');
      const first = await session.output[Symbol.asyncIterator]().next();
      expect(Buffer.from(first.value?.data ?? []).toString()).toBe('input');
      await session.kill();
      expect(await text(session.output)).toBe('');
      expect(await session.exitCode()).toBe(137);
    });

    it('in a container that does not run is refused', async () => {
      const { runtime, create } = await setUp();
      const id = await create({ command: ['sleep', '1000'] });
      const request = { command: ['true'], stdin: false, tty: false };
      await expect(runtime.exec(id, request)).rejects.toMatchObject({ name: 'RuntimeError' });
    });
  });

  describe('attach', () => {
    const request = { stdin: true, stdout: true, stderr: true, tty: false };

    it('ends with the container', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sleep', '1000'] });
      const session = await runtime.attach(id, request);
      await runtime.stopContainer(id, 0);
      expect(await text(session.output)).toBe('');
    });

    it('to a container that has ended is refused', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['true'] });
      await exited(runtime, id);
      await expect(runtime.attach(id, request)).rejects.toMatchObject({ name: 'RuntimeError' });
    });

    if (!runsPrograms) return;
    it('goes on after the end of its input where the container waits for more', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sh', '-c', 'read x; echo $x; read y'], stdin: true });
      const session = await runtime.attach(id, request);
      session.stdin?.end('first\n');
      const output = text(session.output);
      const second = await runtime.attach(id, request);
      await said(runtime, id);
      second.stdin?.write('second\n');
      expect(await output).toBe('first\n');
    });

    it('closes the input of a container that takes it once', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['cat'], stdin: true, stdinOnce: true });
      const session = await runtime.attach(id, request);
      session.stdin?.end('all of it');
      expect(await text(session.output)).toBe('all of it');
    });

    it('STREAM-12: to a short command that says no more gives what it said before', async () => {
      const { runtime, run } = await setUp();
      const id = await run({ command: ['sh', '-c', 'echo said; read x'], stdin: true });
      await said(runtime, id);
      const session = await runtime.attach(id, request);
      session.stdin?.write('\n');
      expect(await text(session.output)).toBe('said\n');
    });
  });

  describe('images', () => {
    it('that are not there are removed with success, and have no files', async () => {
      const { runtime } = await setUp();
      await runtime.removeImage('fairlead.test/never:1');
      await expect(runtime.unpackImage('fairlead.test/never:1', '/nowhere')).rejects.toMatchObject({
        code: 'ImageNotFound',
      });
    });

    it('are known by name when present only', async () => {
      const { runtime, image } = await setUp();
      expect((await runtime.imageStatus(image))?.names).toContain(image);
      expect(await runtime.imageStatus('localhost/absent:1')).toBeUndefined();
      expect((await runtime.listImages()).flatMap((status) => status.names)).toContain(image);
    });
  });

  it('tells the facts of its node', async () => {
    const { runtime } = await setUp();
    const facts = await runtime.nodeFacts();
    expect(facts.cpuCount).toBeGreaterThan(0);
    expect(facts.memoryBytes).toBeGreaterThan(0);
    expect(facts.containerRuntimeVersion).toMatch(/^[a-z]+:\/\/./);
  });
}

/** Resolves with the status once the container has exited; woken by events, not by polling. */
async function exited(runtime: ContainerRuntime, id: string): Promise<ContainerStatus> {
  return new Promise((resolve, reject) => {
    const check = async (): Promise<void> => {
      const status = await runtime.containerStatus(id);
      if (status?.state.kind === 'exited') {
        unsubscribe();
        resolve(status);
      }
    };
    const unsubscribe = runtime.subscribe(() => void check().catch(reject));
    void check().catch(reject);
  });
}

/** Resolves once a container has said something. */
async function said(runtime: ContainerRuntime, id: string): Promise<void> {
  const log = await runtime.containerLogs(id, { follow: true, timestamps: false });
  for await (const _ of log.output) break;
  log.close();
}

async function text(output: AsyncIterable<OutputChunk>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of output) parts.push(chunk.data);
  return Buffer.concat(parts).toString('utf8');
}

type Pod = PodSandboxConfig['pod'];

/** A sandbox that does nothing special. */
export function sandboxConfig(pod: Pod): PodSandboxConfig {
  return {
    pod,
    attempt: 0,
    hostname: pod.name,
    hostNetwork: false,
    hostPID: false,
    hostIPC: false,
    portMappings: [],
    sysctls: {},
    terminationGraceSeconds: 1,
  };
}

/** A container that does nothing special, but for what is said. */
export function containerConfig(
  pod: Pod,
  image: string,
  over: Partial<ContainerConfig>,
): ContainerConfig {
  return {
    pod,
    name: 'main',
    attempt: 0,
    image,
    hash: '',
    command: [],
    args: [],
    workingDir: '',
    env: [],
    mounts: [],
    resources: { cpuShares: 2, cpuQuota: 0, memoryLimitBytes: 0, oomScoreAdj: 1000 },
    security: {
      supplementalGroups: [],
      privileged: false,
      readOnlyRootFilesystem: false,
      noNewPrivileges: false,
      addCapabilities: [],
      dropCapabilities: [],
      unmaskedProc: false,
    },
    sharePIDNamespace: false,
    hostPID: false,
    stdin: false,
    stdinOnce: false,
    tty: false,
    ...over,
  };
}
