import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UpgradeBlockingProxy } from '../fakes/upgrade-blocking-proxy.ts';
import { Cluster } from './harness/cluster.ts';
import { exchange } from './harness/exchange.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { nodePod } from './harness/node-server.ts';
import type { Background } from './harness/processes.ts';
import { until } from './harness/until.ts';

const BYTES = Number(process.env['FAIRLEAD_TEST_POLLED_BYTES'] ?? 3_000_000);
const PODS = '/api/v1/namespaces/default/pods';

/** 9000 gives back what it gets; 9080 speaks HTTP; the log ticks. */
const SERVER = `
require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  socket.pipe(socket);
}).listen(9000);
require('node:http').createServer((request, response) => response.end('hello ' + request.url)).listen(9080);
let ticks = 0;
setInterval(() => console.log('tick ' + (ticks += 1)), 100);
process.on('SIGTERM', () => process.exit(0));
`;

describeWithKubectl('a node behind a proxy that refuses upgrades', () => {
  let cluster: Cluster;
  let proxy: UpgradeBlockingProxy;
  let agent: Background;
  let nodeName: string;

  beforeAll(async () => {
    cluster = await Cluster.start('long-poll', { node: false });
    const pki = (name: string) => readFile(join(cluster.dir.pki, name), 'utf8');
    proxy = await UpgradeBlockingProxy.open({
      targetPort: cluster.port,
      certificate: await pki('server.crt'),
      key: await pki('server.key'),
      ca: await pki('ca.crt'),
    });
    nodeName = cluster.newNodeName('far');
    agent = await cluster.joinNode(nodeName, `https://127.0.0.1:${proxy.port}`);
    await cluster.client.json('POST', PODS, nodePod('web', SERVER));
    await kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=60s');
  });

  afterAll(async () => {
    await agent?.stop('SIGINT');
    await proxy?.close();
    await cluster?.stop();
  });

  const kubectl = (...args: string[]) => cluster.kubectlOutput(args);

  it('NODE-22: has its pod’s status told, and says once what it means', async () => {
    const { status } = await cluster.client.json<{ status: { phase: string } }>(
      'GET',
      `${PODS}/web`,
    );
    expect(status.phase).toBe('Running');
    expect(proxy.refusedUpgrades).toBeGreaterThan(0);
    expect(agent.stdout.match(/no WebSocket gets through/g)).toHaveLength(1);
  });

  it('NODE-22: serves exec, with what goes in and out as it is', async () => {
    const input = randomBytes(BYTES);
    const begun = Date.now();
    const digest = await cluster.kubectlOutput(['exec', '-i', 'web', '--', 'sha256sum'], { input });
    expect(digest.slice(0, 64)).toBe(createHash('sha256').update(input).digest('hex'));
    const between = Date.now();
    const zeros = await kubectl('exec', 'web', '--', 'head', '-c', String(BYTES), '/dev/zero');
    expect(zeros).toBe('\0'.repeat(BYTES));
    if (process.env['FAIRLEAD_TEST_POLLED_BYTES'] !== undefined) {
      process.stderr.write(
        `${BYTES} bytes in ${between - begun} ms, out ${Date.now() - between}\n`,
      );
    }
  });

  it('NODE-22: serves logs, attach, and requests to pods and to itself', async () => {
    const following = [
      cluster.kubectlInBackground(['logs', '-f', 'web', '--tail=1']),
      cluster.kubectlInBackground(['attach', 'web']),
    ];
    await until('both follow', () =>
      following.every(({ stdout }) => /tick \d+\ntick/.test(stdout)),
    );
    await Promise.all(following.map((each) => each.stop()));
    expect(await kubectl('get', '--raw', `${PODS}/web:9080/proxy/there?a=b`)).toBe(
      'hello /there?a=b',
    );
    expect(await kubectl('get', '--raw', `/api/v1/nodes/${nodeName}/proxy/healthz`)).toBe('ok');
  });

  it('NODE-22: forwards ports', async () => {
    const forward = cluster.kubectlInBackground(['port-forward', 'pod/web', ':9000']);
    const port = await until(
      'kubectl forwards',
      () => /127\.0\.0\.1:(\d+) -> 9000/.exec(forward.stdout)?.[1],
    );
    const body = randomBytes(BYTES);
    expect((await exchange(Number(port), body)).equals(body)).toBe(true);
    await forward.stop();
  });

  it('NODE-23: goes on where it was when its connections are cut for a moment', async () => {
    const links = () => proxy.requests.filter((line) => line.endsWith('/polled-sockets')).length;
    const before = links();
    const log = cluster.kubectlInBackground(['logs', '-f', 'web', '--tail=1']);
    await until('it follows', () => log.stdout.includes('tick'));
    proxy.cut();
    await until('nothing is left', () => proxy.connections === 0);
    proxy.heal();
    const heard = log.stdout.length;
    await until('it follows again', () => log.stdout.length > heard + 50);
    const ticks = [...log.stdout.matchAll(/tick (\d+)/g)].map(([, tick]) => Number(tick));
    expect(ticks).toEqual(ticks.map((_, index) => ticks[0]! + index));
    await log.stop();
    // One more: the stream of the log.
    expect(links()).toBe(before + 1);
  });
});
