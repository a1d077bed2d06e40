import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { exchange } from './harness/exchange.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { nodePod } from './harness/node-server.ts';
import type { Background } from './harness/processes.ts';
import { until } from './harness/until.ts';

/** What of the whole measure (50 connections, 10 MB) is in every run. */
const CONNECTIONS = Number(process.env['FAIRLEAD_TEST_FORWARDS'] ?? 12);
const BYTES = Number(process.env['FAIRLEAD_TEST_FORWARD_BYTES'] ?? 2_000_000);

/**
 * 9000 gives back what it gets; 9001 answers with the digest once the client has finished; 9002 sends
 * without an end, and says on 9003 how much that was; 9004 breaks off; 9005 is 9001 for the pod itself.
 */
const SERVER = `
const { createServer } = require('node:net');
const { createHash } = require('node:crypto');
const serve = (port, listener, host) => createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  listener(socket);
}).listen(port, host);
serve(9000, (socket) => socket.pipe(socket));
const digest = (socket) => {
  const hash = createHash('sha256');
  socket.on('data', (part) => hash.update(part));
  socket.on('end', () => socket.end(hash.digest('hex')));
};
serve(9001, digest);
serve(9005, digest, '127.0.0.1');
let sent = 0;
serve(9002, (socket) => {
  const part = Buffer.alloc(65536);
  const more = () => {
    while (socket.writable && socket.write(part)) sent += part.length;
    socket.once('drain', more);
  };
  more();
});
serve(9003, (socket) => socket.end(String(sent)));
serve(9004, (socket) => socket.once('data', () => socket.resetAndDestroy()));
process.on('SIGTERM', () => process.exit(0));
`;

describeWithKubectl('port-forward', () => {
  let cluster: Cluster;
  let namespace: string;
  beforeAll(async () => {
    cluster = await Cluster.start('port-forward');
    namespace = await cluster.namespace();
    // kubectl gives up all it forwards once nobody listens, so the last of the servers has to be up.
    const readinessProbe = { tcpSocket: { port: 9004 }, periodSeconds: 1 };
    await cluster.apply(namespace, nodePod('web', SERVER, { container: { readinessProbe } }));
    await cluster.kubectlOutput([
      '-n',
      namespace,
      'wait',
      '--for=condition=Ready',
      'pod/web',
      '--timeout=60s',
    ]);
  });
  afterAll(() => cluster?.stop());

  /** kubectl port-forward to ports of the pod; the local ones, by those. */
  async function forward(
    ...ports: number[]
  ): Promise<{ kubectl: Background; local: Map<number, number> }> {
    const kubectl = cluster.kubectlInBackground([
      '-n',
      namespace,
      'port-forward',
      'pod/web',
      ...ports.map((port) => `:${port}`),
    ]);
    const local = new Map<number, number>();
    await until('kubectl forwards', () => {
      const pattern = /127\.0\.0\.1:(\d+) -> (\d+)/g;
      for (const [, from, to] of kubectl.stdout.matchAll(pattern))
        local.set(Number(to), Number(from));
      return local.size === ports.length;
    });
    return { kubectl, local };
  }

  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  it('many connections at once carry their bytes, each direction to its end', async () => {
    const { kubectl, local } = await forward(9000, 9001);
    const port = (of: number) => local.get(of) ?? 0;
    const begun = Date.now();
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        const body = randomBytes(BYTES);
        const echoed = await exchange(port(9000), body);
        expect([echoed.length, sha256(echoed)]).toEqual([body.length, sha256(body)]);
      }),
    );
    if (process.env['FAIRLEAD_TEST_FORWARDS'] !== undefined) {
      process.stderr.write(`${CONNECTIONS} × ${BYTES} bytes in ${Date.now() - begun} ms\n`);
    }
    const body = randomBytes(BYTES);
    expect((await exchange(port(9001), body)).toString()).toBe(sha256(body));
    await kubectl.stop();
  });

  it('a connection that breaks off ends alone', async () => {
    const { kubectl, local } = await forward(9000, 9004);
    const port = (of: number) => local.get(of) ?? 0;
    const broken = await exchange(port(9004), Buffer.from('x')).catch(() => Buffer.alloc(0));
    expect(broken.length).toBe(0);
    expect((await exchange(port(9000), Buffer.from('still'))).toString()).toBe('still');
    await kubectl.stop();
  });

  it('FORWARD-8: what listens inside of the pod only is reached', async () => {
    const { kubectl, local } = await forward(9005);
    const bodies = Array.from({ length: 3 }, () => randomBytes(BYTES));
    await Promise.all(
      bodies.map(async (body) => {
        expect((await exchange(local.get(9005) ?? 0, body)).toString()).toBe(sha256(body));
      }),
    );
    await kubectl.stop();
  });

  it('a port that nobody listens on is told in kubectl’s words', async () => {
    const { kubectl, local } = await forward(9999);
    await exchange(local.get(9999) ?? 0, Buffer.from('x')).catch(() => undefined);
    await until('kubectl says why', () =>
      /error forwarding port 9999 to pod web, uid \S+: dial tcp [\d.]+:9999: connect: connection refused/.test(
        kubectl.stderr,
      ),
    );
    await kubectl.stop();
  });

  it('a reader that stops holds a bounded part of what the pod sends', async () => {
    const { kubectl, local } = await forward(9002, 9003);
    const socket = connect({ host: '127.0.0.1', port: local.get(9002) ?? 0 });
    await new Promise((resolve) => socket.once('readable', resolve));
    const sent = async () => {
      const script = 'nc 127.0.0.1 9003 </dev/null';
      const exec = ['-n', namespace, 'exec', 'web', '--', 'sh', '-c', script];
      return Number(await cluster.kubectlOutput(exec));
    };
    let before = -1;
    const settled = await until('the pod has to wait', async () => {
      const now = await sent();
      const isSettled = now === before;
      before = now;
      return isSettled && now;
    });
    // What kernels and kubectl hold on the way, and the window of the agent.
    expect(settled).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
    await kubectl.stop();
  });

  it('the JavaScript client forwards over channels', async () => {
    const config = new k8s.KubeConfig();
    config.loadFromFile(cluster.dir.kubeconfig);
    const input = new PassThrough();
    const output = new PassThrough();
    const errors = new PassThrough();
    const parts: Buffer[] = [];
    output.on('data', (part: Buffer) => parts.push(part));
    const socket = await new k8s.PortForward(config).portForward(
      namespace,
      'web',
      [9000],
      output,
      errors,
      input,
    );
    const body = randomBytes(300_000);
    input.write(body);
    await until('all has come back', () => Buffer.concat(parts).length >= body.length);
    expect(sha256(Buffer.concat(parts))).toBe(sha256(body));
    if (typeof socket !== 'function') socket.close();
  });
});
