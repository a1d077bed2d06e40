import { describe, expect, it } from 'vitest';
import { call, statusOf } from '../../test/workerd/api.ts';
import { nextStream, nodeWithPod } from '../../test/workerd/node-with-pod.ts';
import { StreamPeer } from '../../test/workerd/stream-peer.ts';

const PATH = '/api/v1/namespaces/ns/pods/web/portforward';
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';

const upgrade = (cluster: string, query: string, ...subprotocols: string[]) =>
  call(cluster, 'GET', `${PATH}${query}`, {
    headers: {
      Upgrade: 'websocket',
      ...(subprotocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': subprotocols.join(', ') }),
    },
  });

describe('port forwarding', () => {
  it('FORWARD-7: the bytes of a tunnel go to the node as they are', async () => {
    const { cluster, link, uid } = await nodeWithPod();
    const answering = upgrade(cluster, '', TUNNEL);
    const { request, peer } = await nextStream(cluster, link, 'portForward');
    const pod = { namespace: 'ns', name: 'web', uid };
    expect(request).toEqual({ kind: 'portForward', ...pod, framing: 'spdy', ports: [] });
    const { webSocket, headers } = await answering;
    expect(headers.get('Sec-WebSocket-Protocol')).toBe(TUNNEL);
    const client = new StreamPeer(webSocket as WebSocket, 'client');
    client.sendMany(40_000);
    await peer.until((p) => p.bytes.length === 40_000);
    peer.send(1, 2, 3);
    await client.until((c) => c.bytes.length === 3);
  });

  it('FORWARD-7: over channels the ports are named in the query', async () => {
    const { cluster, link } = await nodeWithPod();
    const answering = upgrade(cluster, '?ports=80&ports=81,82', 'v4.channel.k8s.io');
    const { request } = await nextStream(cluster, link, 'portForward');
    expect(request).toMatchObject({ framing: 'channels', ports: [80, 81, 82] });
    expect((await answering).status).toBe(101);
  });

  it.each([
    ['', 'v4.channel.k8s.io', 'query parameter "ports" is required'],
    ['?ports=', 'v4.channel.k8s.io', 'query parameter "ports" cannot be empty'],
    ['?ports=x', 'v4.channel.k8s.io', 'unable to parse "x" as a port'],
    ['?ports=65536', 'v4.channel.k8s.io', 'unable to parse "65536" as a port'],
    ['?ports=0', 'v4.channel.k8s.io', 'port "0" must be > 0'],
    ['', 'other', 'unable to negotiate protocol: client supports [other]'],
  ])('FORWARD-7: %j over %s is refused', async (query, subprotocol, message) => {
    const { cluster } = await nodeWithPod();
    const status = await statusOf(await upgrade(cluster, query, subprotocol));
    expect(status.code).toBe(400);
    expect(status.message).toContain(message);
  });

  it('FORWARD-7: SPDY without a WebSocket is told what to do', async () => {
    const { cluster } = await nodeWithPod();
    const answer = await call(cluster, 'POST', PATH, { headers: { Upgrade: 'SPDY/3.1' } });
    expect((await statusOf(answer)).message).toContain('KUBECTL_PORT_FORWARD_WEBSOCKETS=true');
  });
});
