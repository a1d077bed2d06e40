import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod } from './harness/manifests.ts';
import { nodePod } from './harness/node-server.ts';
import { rawRequest } from './harness/raw-request.ts';
import { until } from './harness/until.ts';

/**
 * Says what it was asked; `/hash` the digest of what it was sent, `/zeros/<n>` so many bytes, `/break`
 * half an answer. Messages of a WebSocket come back.
 */
const SERVER = `
const { createServer } = require('node:http');
const { createHash } = require('node:crypto');
const zeros = (size) => require('node:stream').Readable.from((function* () {
  for (let left = size; left > 0; left -= 65536) yield Buffer.alloc(Math.min(left, 65536));
})());
const server = createServer((request, response) => {
  const { method, url, headers } = request;
  if (url === '/hash') {
    const hash = createHash('sha256');
    request.on('data', (part) => hash.update(part));
    request.on('end', () => response.end(hash.digest('hex')));
  } else if (url.startsWith('/zeros/')) {
    const size = Number(url.slice(7));
    response.writeHead(200, { 'Content-Length': size, 'Content-Type': 'application/octet-stream' });
    zeros(size).pipe(response);
  } else if (url === '/break') {
    response.writeHead(200, { 'Content-Length': 1000 });
    response.write('half', () => request.socket.destroy());
  } else if (url === '/cookies') {
    response.writeHead(302, { Location: '/elsewhere', 'Set-Cookie': ['a=1', 'b=2'] });
    response.end();
  } else response.end(JSON.stringify({ method, url, headers }));
});
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
  socket.on('data', (frame) => {
    const size = frame[1] & 127;
    if ((frame[0] & 15) === 8) return socket.end(Buffer.from([0x88, 0]));
    const text = Buffer.from(frame.subarray(6, 6 + size)).map((byte, index) => byte ^ frame[2 + (index % 4)]);
    socket.write(Buffer.concat([Buffer.from([frame[0], size]), text]));
  });
});
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

describeWithKubectl('the proxy of pods, services and nodes', () => {
  let cluster: Cluster;
  let namespace: string;
  let web: string;
  beforeAll(async () => {
    cluster = await Cluster.start('proxy');
    namespace = await cluster.namespace();
    await cluster.apply(
      namespace,
      nodePod('web', SERVER, { ports: [{ containerPort: 8080 }], labels: { app: 'web' } }),
    );
    web = `/api/v1/namespaces/${namespace}/pods/web/proxy`;
    await until('the server serves', async () => (await get(`${web}/`)).code === 200);
  });
  afterAll(() => cluster?.stop());

  const get = (path: string) => rawRequest(cluster.connection, { method: 'GET', path });

  it('kubectl get --raw and kubectl proxy show what a pod serves', async () => {
    const raw = JSON.parse(await cluster.kubectlOutput(['get', '--raw', `${web}/a/b?c=d`]));
    expect(raw).toMatchObject({ method: 'GET', url: '/a/b?c=d' });
    expect(raw.headers).not.toHaveProperty('authorization');
    expect(raw.headers['x-forwarded-uri']).toBe(`${web}/a/b`);
    const proxy = cluster.kubectlInBackground(['proxy', '--port=0']);
    const port = await until(
      'kubectl proxy listens',
      () => /127\.0\.0\.1:(\d+)/.exec(proxy.stdout)?.[1],
    );
    const answer = await fetch(`http://127.0.0.1:${port}${web}/x`, { method: 'PUT', body: 'b' });
    expect(await answer.json()).toMatchObject({ method: 'PUT', url: '/x' });
    await proxy.stop();
  });

  it('bodies of many megabytes pass both ways, byte for byte', async () => {
    const body = randomBytes(24 * 1024 * 1024);
    const sent = await rawRequest(cluster.connection, {
      method: 'POST',
      path: `${web}/hash`,
      body,
      contentType: 'application/octet-stream',
    });
    expect(sent.body['text']).toBe(createHash('sha256').update(body).digest('hex'));
    const size = 24 * 1024 * 1024;
    const received = await digestOf(`${web}/zeros/${size}`);
    expect(received).toEqual({
      size,
      digest: createHash('sha256').update(Buffer.alloc(size)).digest('hex'),
    });
  });

  /** What a path sends, without keeping it. */
  function digestOf(path: string): Promise<{ size: number; digest: string }> {
    const { server, ca, token } = cluster.connection;
    return new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}` };
      request(server + path, { ca, headers }, (response) => {
        const hash = createHash('sha256');
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          hash.update(part);
        });
        response.on('error', reject);
        response.on('end', () => resolve({ size, digest: hash.digest('hex') }));
      })
        .on('error', reject)
        .end();
    });
  }

  it('cookies, redirects and answers that break off are seen as what they are', async () => {
    const moved = await get(`${web}/cookies`);
    expect(moved).toMatchObject({
      code: 302,
      headers: { location: `${web}/elsewhere`, 'set-cookie': ['a=1', 'b=2'] },
    });
    await expect(digestOf(`${web}/break`)).rejects.toThrow();
  });

  it('a WebSocket of a pod is reached through the proxy', async () => {
    const { server, ca, token } = cluster.connection;
    const socket = new WebSocket(`${server.replace(/^http/, 'ws')}${web}/socket`, {
      ca,
      headers: { Authorization: `Bearer ${token}` },
    });
    const heard: string[] = [];
    socket.on('message', (data: Buffer) => heard.push(data.toString()));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.send('hello');
    await until('the echo', () => heard.includes('hello'));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close(1000);
    await closed;
  });

  it('what cannot be reached is told in upstream’s words', async () => {
    const refused = await get(`/api/v1/namespaces/${namespace}/pods/web:1/proxy/`);
    expect(refused).toMatchObject({
      code: 503,
      body: {
        reason: 'ServiceUnavailable',
        message: expect.stringMatching(
          /^error trying to reach service: dial tcp [\d.]+:1: connect: connection refused$/,
        ),
      },
    });
    await cluster.apply(namespace, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'empty' },
      spec: { ports: [{ port: 80 }], selector: { app: 'nobody' } },
    });
    const empty = await cluster.kubectl([
      'get',
      '--raw',
      `/api/v1/namespaces/${namespace}/services/empty/proxy/`,
    ]);
    expect(empty).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no endpoints available for service "empty"'),
    });
  });

  it('a node answers what people ask of a kubelet', async () => {
    const script = 'echo to the log; trap "exit 0" TERM; while true; do sleep 1000 & wait $!; done';
    await cluster.apply(namespace, pod('talks', { containers: [container({ script })] }));
    await cluster.kubectlOutput([
      '-n',
      namespace,
      'wait',
      '--for=condition=Ready',
      'pod/talks',
      '--timeout=60s',
    ]);
    const node = (path: string) =>
      cluster.kubectlOutput(['get', '--raw', `/api/v1/nodes/${cluster.nodeName}/proxy${path}`]);
    expect(await node('/healthz')).toBe('ok');
    const pods = JSON.parse(await node('/pods')) as {
      kind: string;
      items: { metadata: { name: string }; status: { phase: string } }[];
    };
    expect(pods.kind).toBe('PodList');
    expect(pods.items.map(({ metadata, status }) => [metadata.name, status.phase])).toContainEqual([
      'talks',
      'Running',
    ]);
    await until('the log is there', async () => {
      const log = await node(`/containerLogs/${namespace}/talks/main?tailLines=1`);
      return log === 'to the log\n';
    });
    expect(await node('/metrics')).toContain(`kubelet_node_name{node="${cluster.nodeName}"} 1\n`);
    expect(await node('/metrics/resource')).toMatch(
      new RegExp(`container_memory_working_set_bytes\\{[^}]*pod="talks"\\} \\d+\n`),
    );
    const summary = JSON.parse(await node('/stats/summary')) as {
      node: { nodeName: string; memory: { workingSetBytes: number } };
      pods: { podRef: { name: string } }[];
    };
    expect(summary.node.nodeName).toBe(cluster.nodeName);
    expect(summary.node.memory.workingSetBytes).toBeGreaterThan(0);
    expect(summary.pods.map(({ podRef }) => podRef.name)).toContain('talks');
    expect(await node('/logs/')).toContain('<pre>');
    const absent = await cluster.kubectl([
      'get',
      '--raw',
      `/api/v1/nodes/${cluster.nodeName}/proxy/exec/x`,
    ]);
    expect(absent.stderr).toContain('could not find the requested resource');
  });
});
