import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as core from 'kubernetes-types/core/v1';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { simulateAttach, simulateExec } from '../runtime/simulated/session.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { runProbe } from './probe.ts';

let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer((request, response) => {
    const code = Number(request.url?.slice(1));
    response.writeHead(code, code === 302 ? { location: 'http://elsewhere.example/' } : {});
    response.end('body');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function probe(spec: core.Probe, runtime = new SimulatedRuntime({ clock: systemClock })) {
  const container = { name: 'main', ports: [{ name: 'web', containerPort: port }] };
  const request = { containerID: 'c', container, podIP: '127.0.0.1' };
  return runProbe(runtime, { ...request, probe: { timeoutSeconds: 5, ...spec } });
}

describe('A probe', () => {
  it.each([
    { code: 200, want: { result: 'success', message: '' } },
    {
      code: 302,
      want: { result: 'warning', message: 'Probe terminated redirects, Response body: body' },
    },
    {
      code: 404,
      want: { result: 'failure', message: 'HTTP probe failed with statuscode: 404' },
    },
  ])('over HTTP that is answered with $code is a $want.result', async ({ code, want }) => {
    expect(await probe({ httpGet: { port: 'web', path: `/${code}` } })).toEqual(want);
  });

  it('PROBE-6: of a port that has no such name cannot be carried out', async () => {
    const message = 'strconv.Atoi: parsing "other": invalid syntax';
    expect(await probe({ httpGet: { port: 'other' } })).toEqual({ result: 'unknown', message });
    expect(await probe({ tcpSocket: { port: 'other' } })).toEqual({ result: 'unknown', message });
  });

  it('over TCP succeeds when somebody listens', async () => {
    expect(await probe({ tcpSocket: { port } })).toEqual({ result: 'success', message: '' });
    server.close();
    expect(await probe({ tcpSocket: { port } })).toEqual({
      result: 'failure',
      message: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  it('by a command fails with what the command said, or when it takes too long', async () => {
    const runtime = new SimulatedRuntime({ clock: systemClock });
    runtime.exec = async (_id, request) => simulateExec(request);
    expect(await probe({ exec: { command: ['true'] } }, runtime)).toMatchObject({
      result: 'success',
    });
    expect(await probe({ exec: { command: ['false'] } }, runtime)).toMatchObject({
      result: 'failure',
    });
    let killed = 0;
    runtime.exec = async (_id, request) => ({
      ...simulateAttach({ ...request, stdout: true, stderr: true }, new Promise(() => undefined)),
      exitCode: async () => 0,
      async kill() {
        killed += 1;
      },
    });
    const slow = { exec: { command: ['sleep', '60'] }, timeoutSeconds: 1 };
    expect(await probe(slow, runtime)).toEqual({
      result: 'failure',
      message: 'command timed out: "sleep 60" timed out after 1s',
    });
    expect(killed).toBe(1);
  });

  it('by a command that cannot be started cannot be carried out', async () => {
    expect(await probe({ exec: { command: ['true'] } })).toEqual({
      result: 'unknown',
      message: 'No such container: c',
    });
  });
});
