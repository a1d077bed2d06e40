import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { pino } from 'pino';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildBusyboxImage } from '../../../test/fakes/busybox-image.ts';
import {
  ENROLMENT_TOKEN,
  FakeControlPlane,
  isReady,
  WINDOW,
} from '../../../test/fakes/control-plane.ts';
import type { FakePod, FakeStream } from '../../../test/fakes/control-plane.ts';
import type { Agent } from '../../agent.ts';
import { agentConfigSchema } from '../../agent-config.ts';
import type { AgentConfig } from '../../agent-config.ts';
import { startAgent } from '../../start-agent.ts';
import { unmountBelow } from '../../sync/mount-table.ts';
import { ownedBy } from './names.ts';

const IMAGE = 'fairlead.test/busybox:1';
const engine = new Docker();
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(() => buildBusyboxImage(IMAGE));

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Node {
  plane: FakeControlPlane;
  agent: Agent;
  config: AgentConfig;
  /** The node's containers on the engine, sandboxes included, by name. */
  engineIDs: () => Promise<string[]>;
  restartAgent: () => Promise<void>;
}

async function setUp(): Promise<Node> {
  const plane = await FakeControlPlane.start();
  cleanups.push(() => plane.stop());
  const directory = await mkdtemp(join(tmpdir(), 'fairlead-agent-'));
  const nodeName = `node-${randomUUID().slice(0, 8)}`;
  const config = agentConfigSchema.parse({
    server: plane.server,
    nodeName,
    stateDir: join(directory, 'state'),
    // Shared memory is a tmpfs, so that nothing has to be mounted that might be while the agent ends.
    runDir: await mkdtemp('/dev/shm/fairlead-run-'),
    enrolmentToken: ENROLMENT_TOKEN,
    nodeIP: '192.0.2.1',
  });
  const label = ownedBy({ cluster: 'test', node: nodeName });
  const list = () => engine.listContainers({ all: true, filters: { label } });
  const logger = pino({ level: process.env['AGENT_LOG'] ?? 'silent' });
  const node: Node = {
    plane,
    config,
    agent: await startAgent(config, logger),
    engineIDs: async () => (await list()).map((entry) => entry.Id).sort(),
    async restartAgent() {
      await node.agent.stop();
      node.agent = await startAgent(config, logger);
    },
  };
  cleanups.push(async () => {
    await node.agent.stop();
    for (const { Id } of await list()) await engine.getContainer(Id).remove({ force: true });
    await unmountBelow(config.runDir);
    for (const path of [directory, config.runDir]) await rm(path, { recursive: true, force: true });
  });
  await plane.until('hello', () => plane.hellos.length > 0);
  return node;
}

function pod(name: string, spec: object): FakePod {
  return {
    metadata: {
      namespace: 'default',
      name,
      uid: randomUUID(),
      generation: 1,
      labels: { app: name },
    },
    spec: { terminationGracePeriodSeconds: 1, ...spec },
  };
}

/** A shell that ends on SIGTERM, as process 1 does not by itself. */
const shell = (script: string): string[] => ['sh', '-c', `trap 'exit 0' TERM; ${script}`];
const FOREVER = 'while true; do sleep 1000 & wait $!; done';
const container = (name: string, script: string, more: object = {}): object => ({
  name,
  image: IMAGE,
  command: shell(script),
  imagePullPolicy: 'Never',
  ...more,
});

const ref = (subject: FakePod) => {
  const { namespace, name, uid } = subject.metadata as Record<string, string>;
  return { namespace: namespace!, name: name!, uid: uid! };
};

const execRequest = (subject: FakePod, command: string[], more: object = {}) => ({
  kind: 'exec' as const,
  ...ref(subject),
  container: 'main',
  command,
  stdin: false,
  stdout: true,
  stderr: true,
  tty: false,
  subprotocol: 'v5.channel.k8s.io' as const,
  ...more,
});

const logRequest = (subject: FakePod, more: object = {}) => ({
  kind: 'logs' as const,
  ...ref(subject),
  container: 'main',
  follow: false,
  previous: false,
  timestamps: false,
  ...more,
});

async function run(plane: FakeControlPlane, subject: FakePod, script: string): Promise<FakeStream> {
  const stream = await plane.openStream(execRequest(subject, ['sh', '-c', script]));
  await stream.ended;
  return stream;
}

describe('An agent on a Docker engine', () => {
  it('gives the containers of a pod one network, which no other pod shares', async () => {
    const { plane, engineIDs } = await setUp();
    const serve = 'echo hello > /tmp/index.html; httpd -f -p 127.0.0.1:8080 -h /tmp & wait';
    const web = pod('web', {
      containers: [container('server', serve), container('main', FOREVER)],
    });
    const other = pod('other', { containers: [container('main', FOREVER)] });
    plane.setPod(web);
    plane.setPod(other);
    await plane.untilReady(web);
    await plane.untilReady(other);
    const fetch = 'printf "GET /index.html HTTP/1.0\\r\\n\\r\\n" | nc 127.0.0.1 8080';
    const poll = `until ${fetch} | cat > /tmp/out && [ -s /tmp/out ]; do sleep 0.1; done; cat /tmp/out`;
    expect((await run(plane, web, poll)).text(1)).toContain('hello');
    expect((await run(plane, other, `${fetch}; echo code $?`)).text(1)).toContain('code 1');
    expect(await engineIDs()).toHaveLength(5);
    plane.deletePod(web);
    plane.deletePod(other, 0);
    await plane.untilTerminated(web);
    await plane.untilTerminated(other);
    expect(await engineIDs()).toEqual([]);
  });

  it('gives containers their environment, arguments and files', async () => {
    const { plane, config } = await setUp();
    plane.setObject('configmaps', 'settings', { color: 'blue', 'app.conf': 'one' });
    plane.setObject('secrets', 'keys', { token: Buffer.from('hush').toString('base64') });
    const web = pod('web', {
      containers: [
        container('main', FOREVER, {
          env: [
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'GREETING', value: 'hello $(NAME) $$(NAME) $(UNKNOWN)' },
            { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
          ],
          envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'S_' }],
          workingDir: '/tmp',
          volumeMounts: [
            { name: 'settings', mountPath: '/etc/settings' },
            { name: 'keys', mountPath: '/etc/keys', readOnly: true },
            { name: 'scratch', mountPath: '/scratch' },
            { name: 'memory', mountPath: '/memory' },
            { name: 'settings', mountPath: '/etc/one', subPath: 'app.conf' },
          ],
          resources: { limits: { memory: '64Mi', cpu: '500m' } },
        }),
      ],
      volumes: [
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
        { name: 'scratch', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
    });
    plane.setPod(web);
    const status = await plane.untilReady(web);
    expect(status['qosClass']).toBe('Guaranteed');
    const script = [
      'echo "$NAME|$GREETING|$TOKEN|$S_color|$PWD"',
      'cat /etc/settings/app.conf /etc/keys/token /etc/one',
      'echo; hostname 2>/dev/null || cat /etc/hostname',
      '[ -n "$IP" ] && echo has-ip',
      'touch /scratch/a /memory/b && echo writable',
      'touch /etc/keys/c 2>/dev/null || echo read-only',
    ];
    const output = (await run(plane, web, script.join('; '))).text(1);
    expect(output.split('\n')).toEqual([
      'web|hello web $(NAME) $(UNKNOWN)|hush|blue|/tmp',
      'onehushone',
      'web',
      'has-ip',
      'writable',
      'read-only',
      '',
    ]);
    plane.setObject('configmaps', 'settings', { color: 'red', 'app.conf': 'two' });
    const poll = 'until [ "$(cat /etc/settings/app.conf)" = two ]; do sleep 0.05; done; echo seen';
    expect((await run(plane, web, poll)).text(1)).toBe('seen\n');
    // No byte of a secret is on a disk in clear.
    const files = await readdir(config.stateDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect(await readFile(join(file.parentPath, file.name), 'latin1')).not.toContain('hush');
    }
    plane.deletePod(web);
    await plane.untilTerminated(web);
    expect(await readdir(join(config.stateDir, 'pods'))).toEqual([]);
  });

  it('keeps tokens over a restart, encrypted, and what is beside them up to date', async () => {
    const { plane, config, restartAgent } = await setUp();
    plane.setObject('configmaps', 'ca', { 'ca.crt': 'one' });
    const sources = [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'ca' } },
    ];
    const volumeMounts = [{ name: 'v', mountPath: '/var/run/access', readOnly: true }];
    const web = pod('web', {
      containers: [container('main', FOREVER, { volumeMounts })],
      volumes: [{ name: 'v', projected: { sources } }],
    });
    plane.setPod(web);
    await plane.untilReady(web);
    const show = async (ca: string): Promise<string> => {
      const poll = `until [ "$(cat ca.crt)" = ${ca} ]; do sleep 0.05; done; cat token ca.crt`;
      return (await run(plane, web, `cd /var/run/access; ${poll}`)).text(1);
    };
    expect(await show('one')).toBe('token-1one');
    plane.setObject('configmaps', 'ca', { 'ca.crt': 'two' });
    expect(await show('two')).toBe('token-1two');
    plane.tokenRefusal = 'no more';
    await restartAgent();
    await plane.until('second hello', () => plane.hellos.length === 2);
    plane.setObject('configmaps', 'ca', { 'ca.crt': 'three' });
    expect(await show('three')).toBe('token-1three');
    expect(plane.tokenRequests).toHaveLength(1);
    const files = await readdir(config.stateDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const text = await readFile(join(file.parentPath, file.name), 'latin1');
      expect(text).not.toContain('token-1');
    }
    plane.deletePod(web);
    await plane.untilTerminated(web);
  });

  it('reports exits, exit codes, termination messages and what cannot run', async () => {
    const { plane } = await setUp();
    const failing = pod('failing', {
      restartPolicy: 'Never',
      containers: [
        container('main', 'echo out; echo oops > /dev/termination-log; exit 3'),
        { ...container('missing', ''), command: ['/no/such/program'] },
      ],
    });
    plane.setPod(failing);
    const status = await plane.untilPhase(failing, 'Failed');
    expect(status['containerStatuses']).toMatchObject([
      { name: 'main', state: { terminated: { exitCode: 3, reason: 'Error', message: 'oops\n' } } },
      {
        name: 'missing',
        state: {
          terminated: { reason: 'ContainerCannotRun', message: expect.stringContaining('no such') },
        },
      },
    ]);
    const log = await plane.openStream(logRequest(failing));
    await log.ended;
    expect(log.text()).toBe('out\n');
  });

  it('serves exec with exit codes, input, half-close and separate output streams', async () => {
    const { plane } = await setUp();
    const web = pod('web', { containers: [container('main', FOREVER)] });
    plane.setPod(web);
    await plane.untilReady(web);
    const both = await run(plane, web, 'echo out; echo err >&2; exit 7');
    expect([both.text(1), both.text(2), both.endedInOrder]).toEqual(['out\n', 'err\n', true]);
    expect(JSON.parse(both.text(3))).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
    const cat = await plane.openStream(execRequest(web, ['cat'], { stdin: true }));
    cat.send(0, 'some ');
    cat.send(0, 'input');
    cat.send(255, Uint8Array.of(0));
    await cat.ended;
    expect(cat.text(1)).toBe('some input');
    expect(JSON.parse(cat.text(3))).toEqual({ metadata: {}, status: 'Success' });
    const script = 'until [ "$(stty size)" = "40 120" ]; do sleep 0.05; done; echo sized';
    const sized = execRequest(web, ['sh', '-c', script.replace('stty', 'busybox stty')], {
      tty: true,
      stdin: true,
      stderr: false,
    });
    const tty = await plane.openStream(sized);
    tty.send(4, JSON.stringify({ Width: 120, Height: 40 }));
    await tty.ended;
    expect(tty.text(1)).toContain('sized');
    const nowhere = await plane.openStream(execRequest(web, ['true'], { container: 'other' }));
    expect(nowhere.refusal).toEqual({
      code: 400,
      message: 'container other is not valid for pod web',
    });
  });

  it('sends no more than the credit, however fast the process writes', async () => {
    const { plane } = await setUp();
    const web = pod('web', { containers: [container('main', FOREVER)] });
    plane.setPod(web);
    await plane.untilReady(web);
    const script = 'busybox dd if=/dev/zero bs=65536 count=64 2>/dev/null';
    const opening = plane.openStream(execRequest(web, ['sh', '-c', script]));
    const stream = await opening;
    stream.grantsCredit = false;
    const size = () => stream.payload.reduce((sum, message) => sum + message.length, 0);
    await stream.until(() => size() > WINDOW - 2 * 32 * 1024);
    const before = size();
    expect(before).toBeLessThanOrEqual(2 * WINDOW);
    stream.grantsCredit = true;
    stream.grant(before);
    await stream.ended;
    expect(stream.text(1).length).toBe(64 * 65536);
  });

  it('serves logs: followed, previous, tailed, with timestamps, limited', async () => {
    const { plane } = await setUp();
    const script = 'echo one; echo two; echo three; read line; exit 0';
    const web = pod('web', {
      containers: [container('main', script, { stdin: true })],
    });
    plane.setPod(web);
    await plane.untilReady(web);
    const noPrevious = await plane.openStream(logRequest(web, { previous: true }));
    expect(noPrevious.refusal?.message).toBe(
      'previous terminated container "main" in pod "web" not found',
    );
    const followed = await plane.openStream(logRequest(web, { follow: true }));
    await followed.until(() => followed.text().includes('three'));
    const attached = await plane.openStream({
      ...execRequest(web, [], { stdin: true }),
      kind: 'attach',
    });
    attached.send(0, 'go\n');
    await followed.ended;
    expect([followed.text(), followed.endedInOrder]).toEqual(['one\ntwo\nthree\n', true]);
    await plane.until('restarted', () => {
      const status = plane.statuses.get(ref(web).uid)?.['containerStatuses'] as
        | { restartCount: number; ready: boolean }[]
        | undefined;
      return status?.[0]?.restartCount === 1 && status[0].ready;
    });
    const log = async (more: object): Promise<string> => {
      const stream = await plane.openStream(logRequest(web, more));
      await stream.ended;
      return stream.text();
    };
    expect(await log({ previous: true })).toBe('one\ntwo\nthree\n');
    expect(await log({ previous: true, tailLines: 1 })).toBe('three\n');
    expect(await log({ previous: true, limitBytes: 5 })).toBe('one\nt');
    expect(await log({ previous: true, tailLines: 1, timestamps: true })).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z three\n$/,
    );
    expect(await log({ previous: true, sinceTime: '2100-01-01T00:00:00Z' })).toBe('');
  });

  it('has a pod ready only while its readiness probe passes, and restarts what is not alive', async () => {
    const { plane } = await setUp();
    const serve = 'httpd -p 8080 -h /tmp; ' + FOREVER;
    const probe = { periodSeconds: 1, failureThreshold: 1 };
    const web = pod('web', {
      containers: [
        container('main', serve, {
          ports: [{ name: 'web', containerPort: 8080 }],
          readinessProbe: { ...probe, httpGet: { path: '/ready', port: 'web' } },
          livenessProbe: { ...probe, exec: { command: ['sh', '-c', '[ ! -f /tmp/dead ]'] } },
        }),
      ],
    });
    plane.setPod(web);
    await plane.untilPhase(web, 'Running');
    // On a busy machine the first probes come before the server does, and fail in other words.
    const unready = 'Readiness probe failed: HTTP probe failed with statuscode: 404';
    await plane.until('unhealthy', () =>
      plane
        .events(web)
        .some(({ reason, message }) => reason === 'Unhealthy' && message === unready),
    );
    await run(plane, web, 'echo yes > /tmp/ready');
    await plane.untilReady(web);
    await run(plane, web, 'touch /tmp/dead');
    const killing = 'Container main failed liveness probe, will be restarted';
    await plane.until('killed', () => plane.events(web).some(({ message }) => message === killing));
    await plane.until('restarted', () => {
      const statuses = plane.statuses.get(ref(web).uid)?.['containerStatuses'];
      return (statuses as { restartCount: number }[])[0]?.restartCount === 1;
    });
  });

  it('adopts running containers when it starts again, and touches none', async () => {
    const { plane, engineIDs, restartAgent } = await setUp();
    // So slow a probe that the readiness after the restart can only be what it was before.
    const readinessProbe = { exec: { command: ['true'] }, periodSeconds: 1000 };
    const web = pod('web', { containers: [container('main', FOREVER, { readinessProbe })] });
    plane.setPod(web);
    await plane.untilReady(web);
    const before = await engineIDs();
    const reported = plane.statusHistory(web).length;
    await restartAgent();
    await plane.until('second hello', () => plane.hellos.length === 2);
    expect(plane.hellos[1]?.position).toBe(1);
    const next = pod('next', { containers: [container('main', FOREVER)] });
    plane.setPod(next);
    await plane.untilReady(next);
    expect(await engineIDs()).toEqual(expect.arrayContaining(before));
    expect(plane.statusHistory(web).slice(reported).every(isReady)).toBe(true);
  });

  it('keeps and restarts containers with no control plane, through its own restart', async () => {
    const node = await setUp();
    const { plane, engineIDs, config } = node;
    plane.setObject('configmaps', 'settings', { color: 'blue' });
    const main = container('main', FOREVER, {
      env: [{ name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }],
    });
    const web = pod('web', { containers: [main, container('other', FOREVER)] });
    plane.setPod(web);
    await plane.untilReady(web);
    const { port } = plane;
    await plane.until('acknowledged', () => plane.acknowledged.at(-1) === 2);
    await plane.stop();
    await node.restartAgent();
    const before = await engineIDs();
    const label = [...ownedBy({ cluster: 'test', node: config.nodeName })];
    const events = await engine.getEvents({ filters: { label, event: ['start'] } });
    const restarted = new Promise((resolve) => events.once('data', resolve));
    const mainID = (await engine.listContainers({ filters: { label } })).find((entry) =>
      entry.Names[0]?.includes('_main_'),
    )!.Id;
    await engine.getContainer(mainID).kill();
    await restarted;
    const back = await FakeControlPlane.start(port);
    cleanups.unshift(() => back.stop());
    back.takeOver(plane);
    const status = await back.untilReady(web);
    expect(status['containerStatuses']).toMatchObject([
      { name: 'main', restartCount: 1, lastState: { terminated: { exitCode: 137 } } },
      { name: 'other', restartCount: 0 },
    ]);
    expect(await engineIDs()).toEqual(expect.arrayContaining(before));
  });

  it('as a process killed outright leaves its containers alone, and goes on with them', async () => {
    const { plane, agent, config, engineIDs } = await setUp();
    await agent.stop();
    const path = join(config.stateDir, 'config.json');
    await writeFile(path, JSON.stringify(config));
    const main = join(import.meta.dirname, '../../main.ts');
    const launch = (): ChildProcess =>
      spawn(process.execPath, [main, '--config', path], { stdio: 'ignore' });
    let child = launch();
    cleanups.push(async () => {
      const ended = once(child, 'exit');
      if (child.kill('SIGTERM')) await ended;
    });
    await plane.until('second hello', () => plane.hellos.length === 2);
    const web = pod('web', {
      containers: [container('main', FOREVER), container('side', FOREVER)],
    });
    plane.setPod(web);
    await plane.untilReady(web);
    const before = await engineIDs();
    const killed = once(child, 'exit');
    child.kill('SIGKILL');
    await killed;
    expect(await engineIDs()).toEqual(before);
    const label = ownedBy({ cluster: 'test', node: config.nodeName });
    const running = await engine.listContainers({ filters: { label } });
    const side = running.find((entry) => entry.Names[0]?.includes('_side_'))!.Id;
    await engine.getContainer(side).kill();
    child = launch();
    await plane.until('restarted', () => {
      const statuses = plane.statuses.get(ref(web).uid)?.['containerStatuses'] as
        | { restartCount: number; ready: boolean }[]
        | undefined;
      return statuses?.[1]?.restartCount === 1 && statuses[1].ready;
    });
    const status = plane.statuses.get(ref(web).uid)!;
    expect(status['containerStatuses']).toMatchObject([{ restartCount: 0 }, { restartCount: 1 }]);
    const after = await engineIDs();
    expect(after).toHaveLength(before.length + 1);
    expect(after).toEqual(expect.arrayContaining(before));
  });
});
