import { describe, expect, it } from 'vitest';
import { call, mintToken, statusOf } from '../../test/workerd/api.ts';
import { NODE, nodeWithPod, nextStream } from '../../test/workerd/node-with-pod.ts';
import { create } from '../../test/workerd/stores.ts';

const POD = '/api/v1/namespaces/ns/pods/web/proxy';
const given = (features?: string[]) => nodeWithPod(features);

describe('a request that is passed on to a pod', () => {
  it('PROXY-2, PROXY-4: the node is asked for it as the client sent it, without its credentials', async () => {
    const { cluster, link, uid } = await given();
    const answering = call(cluster, 'POST', `${POD}/a%20b/?c=d`, {
      body: 'hello',
      headers: { 'Content-Type': 'text/plain', 'X-Mine': '1' },
    });
    const { request, peer } = await nextStream(cluster, link, 'proxy');
    const { headers, ...rest } = request;
    expect(rest).toEqual({
      kind: 'proxy',
      target: { to: 'pod', namespace: 'ns', name: 'web', uid, port: '80' },
      scheme: 'http',
      method: 'POST',
      path: '/a%20b/?c=d',
      hasBody: true,
      isWebSocket: false,
    });
    const sent = Object.fromEntries(headers);
    expect(sent).toMatchObject({
      'content-type': 'text/plain',
      'x-mine': '1',
      'x-forwarded-uri': `/clusters/${cluster}${POD}/a%20b/`,
    });
    expect(sent).not.toHaveProperty('authorization');
    await peer.until((p) => p.controls.some(({ type }) => type === 'finished'));
    expect(peer.text).toBe('hello');
    peer.control({
      type: 'accepted',
      response: {
        status: 201,
        headers: [
          ['Content-Type', 'application/json'],
          ['Content-Length', '7'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['Connection', 'close'],
        ],
      },
    });
    peer.sendUTF8('{"a":1}');
    peer.control({ type: 'end' });
    const answer = await answering;
    expect([answer.status, await answer.text()]).toEqual([201, '{"a":1}']);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('Connection')).toBeNull();
  });

  it('PROXY-6: redirects and links lead through the proxy', async () => {
    const { cluster, link } = await given();
    const moving = call(cluster, 'GET', `${POD}/old`);
    const first = await nextStream(cluster, link, 'proxy');
    first.peer.control({
      type: 'accepted',
      response: { status: 302, headers: [['Location', 'http://172.17.0.2:80/new']] },
    });
    first.peer.control({ type: 'end' });
    const moved = await moving;
    expect([moved.status, moved.headers.get('Location')]).toEqual([
      302,
      `/clusters/${cluster}${POD}/new`,
    ]);
    const reading = call(cluster, 'GET', `${POD}/`);
    const second = await nextStream(cluster, link, 'proxy');
    second.peer.control({
      type: 'accepted',
      response: { status: 200, headers: [['Content-Type', 'text/html; charset=utf-8']] },
    });
    second.peer.sendUTF8('<a href="/x">x</a>');
    second.peer.control({ type: 'end' });
    expect(await (await reading).text()).toBe(`<a href="/clusters/${cluster}${POD}/x">x</a>`);
  });

  it('PROXY-6: the proxy itself is a folder, for those who read', async () => {
    const { cluster } = await given();
    for (const method of ['GET', 'HEAD']) {
      const answer = await call(cluster, method, `${POD}?a=b`, { headers: {} });
      expect([answer.status, answer.headers.get('Location')]).toEqual([
        301,
        `/clusters/${cluster}${POD}/?a=b`,
      ]);
    }
  });

  it('PROXY-2: OPTIONS and HEAD are passed on like all others', async () => {
    const { cluster, link } = await given();
    for (const method of ['OPTIONS', 'HEAD', 'PUT', 'DELETE']) {
      const answering = call(cluster, method, `${POD}/x`);
      const { request, peer } = await nextStream(cluster, link, 'proxy');
      expect([request.method, request.hasBody]).toEqual([method, false]);
      peer.control({
        type: 'accepted',
        response: { status: 200, headers: [['X-Method', request.method]] },
      });
      peer.control({ type: 'end' });
      expect((await answering).headers.get('X-Method')).toBe(method);
    }
    const elsewhere = await call(cluster, 'OPTIONS', '/api/v1/namespaces/ns/pods/web');
    expect(elsewhere.status).toBe(405);
  });

  it('PROXY-5: what the node cannot reach is unavailable, in upstream’s words', async () => {
    const { cluster, link } = await given();
    const answering = call(cluster, 'GET', `${POD}/`);
    const { peer } = await nextStream(cluster, link, 'proxy');
    const message = 'dial tcp 172.17.0.2:80: connect: connection refused';
    peer.control({ type: 'end', code: 503, message });
    expect(await statusOf(await answering)).toMatchObject({
      code: 503,
      reason: 'ServiceUnavailable',
      message: `error trying to reach service: ${message}`,
    });
    const unknown = await statusOf(await call(cluster, 'GET', POD.replace('web', 'absent')));
    expect(unknown).toMatchObject({ code: 404, message: 'pods "absent" not found' });
    const malformed = await statusOf(await call(cluster, 'GET', POD.replace('web', 'ftp:web:1')));
    expect(malformed).toMatchObject({ code: 400, message: 'invalid pod request "ftp:web:1"' });
  });

  it('PROXY-5: a node that is away, or knows no proxies, is told', async () => {
    const { cluster } = await given([]);
    expect((await statusOf(await call(cluster, 'GET', `${POD}/`))).message).toBe(
      'error trying to reach service: error dialing backend: the agent of node "n1" does not know such streams: upgrade it',
    );
  });

  it('PROXY-5: an answer that breaks off is broken for the client', async () => {
    const { cluster, link } = await given();
    const answering = call(cluster, 'GET', `${POD}/`);
    const { peer } = await nextStream(cluster, link, 'proxy');
    peer.control({
      type: 'accepted',
      response: { status: 200, headers: [['Content-Length', '100']] },
    });
    peer.sendUTF8('half');
    const answer = await answering;
    peer.close(1011);
    await expect(answer.text()).rejects.toThrow();
  });

  it('PROXY-10: the verb is that of the method, on the subresource', async () => {
    const { cluster } = await given();
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/ns';
    const role = await call(cluster, 'POST', `${rbac}/roles`, {
      body: {
        metadata: { name: 'reads' },
        rules: [{ apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] }],
      },
    });
    const binding = await call(cluster, 'POST', `${rbac}/rolebindings`, {
      body: {
        metadata: { name: 'reads' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reads' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'readers' }],
      },
    });
    expect([role.status, binding.status]).toEqual([201, 201]);
    const token = await mintToken({ groups: ['readers'] });
    const status = async (method: string) => (await call(cluster, method, POD, { token })).status;
    expect(await status('GET')).toBe(301);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect([method, await status(method)]).toEqual([method, 403]);
    }
  });
});

describe('a request that is passed on to a service or a node', () => {
  it('PROXY-1: goes to a ready endpoint, and to the node itself', async () => {
    const { cluster, link, uid } = await given();
    const scope = { cluster, namespace: 'ns' };
    await create(scope, 'services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'svc' },
      spec: { ports: [{ name: 'http', port: 8080, targetPort: 80 }] },
    });
    const path = '/api/v1/namespaces/ns/services/svc:8080/proxy/x';
    expect(await statusOf(await call(cluster, 'GET', path))).toMatchObject({
      code: 503,
      message: 'no endpoints available for service "svc"',
    });
    await create(scope, 'endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'svc' },
      subsets: [
        {
          ports: [{ name: 'http', port: 80 }],
          addresses: [
            {
              ip: '172.17.0.2',
              nodeName: NODE,
              targetRef: { kind: 'Pod', namespace: 'ns', name: 'web', uid },
            },
          ],
        },
      ],
    });
    const toService = call(cluster, 'GET', path);
    const first = await nextStream(cluster, link, 'proxy');
    expect(first.request).toMatchObject({ path: '/x', target: { to: 'pod', uid, port: '80' } });
    first.peer.control({ type: 'accepted', response: { status: 204, headers: [] } });
    first.peer.control({ type: 'end' });
    expect((await toService).status).toBe(204);
    const toNode = call(cluster, 'GET', `/api/v1/nodes/${NODE}/proxy/healthz`);
    const second = await nextStream(cluster, link, 'proxy');
    expect(second.request).toMatchObject({ path: '/healthz', target: { to: 'node', port: '' } });
    second.peer.control({ type: 'accepted', response: { status: 200, headers: [] } });
    second.peer.sendUTF8('ok');
    second.peer.control({ type: 'end' });
    expect(await (await toNode).text()).toBe('ok');
  });
});
