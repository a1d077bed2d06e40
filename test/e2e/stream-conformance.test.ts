import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod } from './harness/manifests.ts';
import { nodePod, PORTER, serverCertificate } from './harness/node-server.ts';
import { rawRequest } from './harness/raw-request.ts';
import { until } from './harness/until.ts';

const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** Rows of test/conformance/rows.tsv whose containers are asked through the API server. */
describeWithKubectl('conformance of streams', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('stream-conformance');
  });
  afterAll(() => cluster?.stop());

  const ready = (namespace: string, ...what: string[]) =>
    cluster.kubectlOutput([
      '-n',
      namespace,
      'wait',
      '--for=condition=Ready',
      '--timeout=60s',
      ...what,
    ]);

  const get = (path: string) => rawRequest(cluster.connection, { method: 'GET', path });

  const endpointsOf = (namespace: string, service: string) =>
    until(`${service} has endpoints`, async () => {
      const path = `/api/v1/namespaces/${namespace}/endpoints/${service}`;
      const { body } = await get(path);
      return (body['subsets'] as { addresses?: object[] }[] | undefined)?.[0]?.addresses;
    });

  /** A pod that says with which method it was asked, and a service for it. */
  async function jsonPorter() {
    const namespace = await cluster.namespace();
    const labels = { test: 'response' };
    const env = { SERVE_PORT_80: 'foo', JSON_RESPONSE: 'true' };
    await cluster.apply(namespace, nodePod('agnhost', PORTER, { env, labels }));
    await cluster.apply(namespace, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'test-service' },
      spec: { ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }], selector: labels },
    });
    await ready(namespace, 'pod/agnhost');
    await endpointsOf(namespace, 'test-service');
    const base = `/api/v1/namespaces/${namespace}`;
    const proxies = [`${base}/pods/agnhost/proxy`, `${base}/services/test-service/proxy`];
    await until('the server serves', async () => (await get(`${proxies[0]}/`)).code === 200);
    return proxies;
  }

  it('[sig-network] Proxy version v1 A set of valid responses are returned for both pod and service ProxyWithPath [Conformance]', async () => {
    for (const proxy of await jsonPorter()) {
      for (const method of METHODS) {
        const path = `${proxy}/some/path/with/${method}`;
        const { code, body } = await rawRequest(cluster.connection, { method, path });
        const want = method === 'HEAD' ? { text: '' } : { Method: method, Body: 'foo' };
        expect({ method, code, body }).toEqual({ method, code: 200, body: want });
      }
    }
  });

  it('[sig-network] Proxy version v1 A set of valid responses are returned for both pod and service Proxy [Conformance]', async () => {
    for (const proxy of await jsonPorter()) {
      for (const method of METHODS) {
        const path = `${proxy}?method=${method}`;
        const { code, body, headers } = await rawRequest(cluster.connection, { method, path });
        if (method === 'GET' || method === 'HEAD') {
          expect([code, headers['location']]).toEqual([301, `${proxy}/?method=${method}`]);
        } else {
          expect({ code, body }).toEqual({ code: 200, body: { Method: method, Body: 'foo' } });
        }
      }
    }
  });

  it('[sig-network] Proxy version v1 should proxy through a service and a pod [Conformance]', async () => {
    const namespace = await cluster.namespace();
    const labels = { 'proxy-service-target': 'true' };
    const link = (path: string) => `<a href="${path}">test</a>`;
    await cluster.apply(namespace, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'proxy-service' },
      spec: {
        selector: labels,
        ports: [
          { name: 'portname1', port: 80, targetPort: 'dest1' },
          { name: 'portname2', port: 81, targetPort: 162 },
          { name: 'tlsportname1', port: 443, targetPort: 'tlsdest1' },
          { name: 'tlsportname2', port: 444, targetPort: 462 },
        ],
      },
    });
    const env = {
      SERVE_PORT_80: link('/rewriteme'),
      SERVE_PORT_1080: link('/rewriteme'),
      SERVE_PORT_160: 'foo',
      SERVE_PORT_162: 'bar',
      SERVE_TLS_PORT_443: link('/tlsrewriteme'),
      SERVE_TLS_PORT_460: 'tls baz',
      SERVE_TLS_PORT_462: 'tls qux',
      ...(await serverCertificate(cluster)),
    };
    // Without the one at 80 first, a pod that is named without a port is asked there.
    const ports = [
      { containerPort: 80 },
      { name: 'dest1', containerPort: 160 },
      { name: 'dest2', containerPort: 162 },
      { name: 'tlsdest1', containerPort: 460 },
      { name: 'tlsdest2', containerPort: 462 },
    ];
    const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 };
    const served = { env, labels, ports, container: { readinessProbe: probe } };
    await cluster.apply(namespace, nodePod('porter', PORTER, served));
    await ready(namespace, 'pod/porter');
    await endpointsOf(namespace, 'proxy-service');
    const base = `/api/v1/namespaces/${namespace}`;
    const service = (name: string) => `${base}/services/${name}/proxy`;
    const pods = (name: string) => `${base}/pods/${name}/proxy`;
    const rewritten = (proxy: string, path: string): [string, string] => [
      proxy,
      link(`${proxy}${path}`),
    ];
    const cases: [string, string][] = [
      [service('proxy-service:portname1'), 'foo'],
      [service('http:proxy-service:portname1'), 'foo'],
      [service('proxy-service:portname2'), 'bar'],
      [service('http:proxy-service:portname2'), 'bar'],
      [service('proxy-service:81'), 'bar'],
      [service('https:proxy-service:tlsportname1'), 'tls baz'],
      [service('https:proxy-service:tlsportname2'), 'tls qux'],
      rewritten(pods('porter'), '/rewriteme'),
      rewritten(pods('porter:1080'), '/rewriteme'),
      rewritten(pods('http:porter:1080'), '/rewriteme'),
      [pods('porter:160'), 'foo'],
      [pods('http:porter:160'), 'foo'],
      [pods('porter:162'), 'bar'],
      [pods('http:porter:162'), 'bar'],
      rewritten(pods('https:porter:443'), '/tlsrewriteme'),
      [pods('https:porter:460'), 'tls baz'],
      [pods('https:porter:462'), 'tls qux'],
    ];
    for (let attempt = 0; attempt < 20; attempt++) {
      const answers = await Promise.all(
        cases.map(async ([proxy]) => {
          const { code, body } = await get(`${proxy}/`);
          return [proxy, code, body['text']];
        }),
      );
      expect(answers).toEqual(cases.map(([proxy, want]) => [proxy, 200, want]));
    }
  });

  /** Asks each pod of a set for its name through the proxy. */
  async function servesItsNames(kind: 'ReplicaSet' | 'ReplicationController') {
    const namespace = await cluster.namespace();
    const labels = { name: 'basic' };
    const serve = 'mkdir -p /www; hostname > /www/index.html; exec httpd -f -p 9376 -h /www';
    const isSet = kind === 'ReplicaSet';
    await cluster.apply(namespace, {
      apiVersion: isSet ? 'apps/v1' : 'v1',
      kind,
      metadata: { name: 'basic' },
      spec: {
        replicas: 2,
        selector: isSet ? { matchLabels: labels } : labels,
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [container({ script: serve, ports: [{ containerPort: 9376 }] })],
          },
        },
      },
    });
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=name%3Dbasic`;
    const names = await until('two pods run', async () => {
      const { body } = await get(path);
      const items = body['items'] as { metadata: { name: string }; status: { phase: string } }[];
      const running = items.filter(({ status }) => status.phase === 'Running');
      return running.length === 2 && running.map(({ metadata }) => metadata.name);
    });
    for (const name of names) {
      const answer = await until(`${name} answers`, async () => {
        const proxy = `/api/v1/namespaces/${namespace}/pods/${name}/proxy/`;
        const { code, body } = await get(proxy);
        return code === 200 && String(body['text']).trim();
      });
      expect(answer).toBe(name);
    }
  }

  it('[sig-apps] ReplicaSet should serve a basic image on each replica with a public image [Conformance]', () =>
    servesItsNames('ReplicaSet'));

  it('[sig-apps] ReplicationController should serve a basic image on each replica with a public image [Conformance]', () =>
    servesItsNames('ReplicationController'));

  /** Everything that a WebSocket is sent until it is closed, and how it is closed. */
  function collect(
    path: string,
    subprotocol: string,
  ): Promise<{ messages: Buffer[]; code: number; protocol: string }> {
    const { server, ca, token } = cluster.connection;
    const socket = new WebSocket(`${server.replace(/^http/, 'ws')}${path}`, [subprotocol], {
      ca,
      headers: { Authorization: `Bearer ${token}` },
    });
    const messages: Buffer[] = [];
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data: Buffer) => messages.push(data));
      socket.on('close', (code) => resolve({ messages, code, protocol: socket.protocol }));
    });
  }

  it('[sig-node] Pods should support remote command execution over websockets [Conformance] [NodeConformance]', async () => {
    const namespace = await cluster.namespace();
    await cluster.apply(namespace, pod('remote'));
    await ready(namespace, 'pod/remote');
    const query = new URLSearchParams([
      ['stderr', '1'],
      ['stdout', '1'],
      ['container', 'main'],
      ['command', 'echo'],
      ['command', 'remote execution test'],
    ]);
    const { messages, code, protocol } = await collect(
      `/api/v1/namespaces/${namespace}/pods/remote/exec?${query.toString()}`,
      'channel.k8s.io',
    );
    expect(protocol).toBe('channel.k8s.io');
    const full = messages.filter((message) => message.length > 1);
    expect(full.map((message) => message[0])).toEqual(full.map(() => 1));
    const text = Buffer.concat(full.map((message) => message.subarray(1))).toString();
    expect([text, code]).toEqual(['remote execution test\n', 1000]);
  });

  it('[sig-node] Pods should support retrieving logs from the container over websockets [Conformance] [NodeConformance]', async () => {
    const namespace = await cluster.namespace();
    const script = 'echo container is alive; sleep 10000';
    await cluster.apply(namespace, pod('says', { containers: [container({ script })] }));
    await ready(namespace, 'pod/says');
    const path = `/api/v1/namespaces/${namespace}/pods/says/log?container=main`;
    await until('it has said it', async () => (await get(path)).body['text'] !== '');
    const { messages, code, protocol } = await collect(path, 'binary.k8s.io');
    expect([Buffer.concat(messages).toString(), code, protocol]).toEqual([
      'container is alive\n',
      1000,
      'binary.k8s.io',
    ]);
  });
});
