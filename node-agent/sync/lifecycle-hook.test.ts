import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as core from 'kubernetes-types/core/v1';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { simulateExec } from '../runtime/simulated/session.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { EventRecorder } from './event-recorder.ts';
import { runHook } from './lifecycle-hook.ts';
import { ReportQueue } from './report-queue.ts';

const POD = { namespace: 'default', name: 'web', uid: 'u' };
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** The address of a server that notes what it is asked, and answers 500. */
async function serve(asked: string[]): Promise<number> {
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['user-agent']}`);
    response.writeHead(500).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function setUp() {
  const clock = new ManualClock();
  const runtime = new SimulatedRuntime({ clock });
  // Whichever container it is asked of.
  runtime.exec = async (_id, request) => simulateExec(request);
  const reports = new ReportQueue();
  const events = new EventRecorder(clock, reports);
  const container = { name: 'main', ports: [{ name: 'web', containerPort: 8080 }] };
  const pod = { metadata: POD, spec: { containers: [container] } };
  const cut = new AbortController();
  const run = (handler: core.LifecycleHandler): Promise<void> =>
    runHook(
      { clock, runtime, events },
      { pod, container, containerID: 'c', handler, podIP: '127.0.0.1', signal: cut.signal },
    );
  const said = () => (reports.take()?.events ?? []).map(({ reason, message }) => [reason, message]);
  return { clock, cut, run, said };
}

describe('A lifecycle hook', () => {
  it('that is a command succeeds when it ends with 0, and says how else it ended', async () => {
    const { run } = setUp();
    await run({ exec: { command: ['true'] } });
    await expect(run({ exec: { command: ['false'] } })).rejects.toThrow(
      `Exec lifecycle hook ([false]) for Container "main" in Pod "web_default(u)" failed - error: command 'false' exited with 1: , message: ""`,
    );
  });

  it('over HTTP tells, whatever it is answered', async () => {
    const { run } = setUp();
    const asked: string[] = [];
    await run({ httpGet: { port: await serve(asked), path: '/stop' } });
    expect(asked).toEqual(['GET /stop kube-lifecycle/1.36']);
  });

  it('over HTTP that reaches nobody says so', async () => {
    const { run } = setUp();
    const port = await serve([]);
    servers.pop()?.close();
    await expect(run({ httpGet: { port, path: '/stop' } })).rejects.toThrow(
      `HTTP lifecycle hook (/stop) for Container "main" in Pod "web_default(u)" failed - error: Get "http://127.0.0.1:${port}/stop": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
    await expect(run({ httpGet: { port: 'other' } })).rejects.toThrow('invalid syntax');
  });

  it('over HTTPS to a server that has none goes over HTTP, and tells of it', async () => {
    const { run, said } = setUp();
    const asked: string[] = [];
    const port = await serve(asked);
    await run({ httpGet: { port, path: '/', scheme: 'HTTPS' } });
    expect(asked).toHaveLength(1);
    expect(said()).toEqual([
      [
        'LifecycleHTTPFallback',
        `request to HTTPS lifecycle hook 127.0.0.1:${port} got HTTP response, retry with HTTP succeeded`,
      ],
    ]);
  });

  it('that sleeps is over after its time, or when it is cut', async () => {
    const { clock, cut, run } = setUp();
    let over = 0;
    const sleeps = [5, 500].map((seconds) =>
      run({ sleep: { seconds } }).then(() => {
        over++;
      }),
    );
    clock.advance(5000);
    await sleeps[0];
    expect(over).toBe(1);
    cut.abort();
    await sleeps[1];
  });
});
