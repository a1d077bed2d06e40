import { STREAM_FEATURES, type StreamRequest } from '../../apimachinery/stream-protocol.ts';
import { AgentLink, enrol } from './agent-link.ts';
import { call } from './api.ts';
import { createNamespace, freshCluster } from './stores.ts';
import { StreamPeer } from './stream-peer.ts';

export const NODE = 'n1';

/** A cluster with a node whose agent is linked, and the pod `web` of the namespace `ns` on it. */
export async function nodeWithPod(features: string[] = Object.values(STREAM_FEATURES)) {
  const cluster = freshCluster();
  await createNamespace(cluster, 'ns');
  await enrol(cluster, NODE);
  const link = await AgentLink.greet(cluster, NODE, { features });
  const container = { name: 'a', image: 'x', ports: [{ containerPort: 80 }] };
  const created = await call(cluster, 'POST', '/api/v1/namespaces/ns/pods', {
    body: { metadata: { name: 'web' }, spec: { nodeName: NODE, containers: [container] } },
  });
  if (created.status !== 201) throw new Error(await created.text());
  const { metadata } = await created.json<{ metadata: { uid: string } }>();
  const patched = await call(cluster, 'PATCH', '/api/v1/namespaces/ns/pods/web/status', {
    body: { status: { podIP: '172.17.0.2', podIPs: [{ ip: '172.17.0.2' }] } },
    headers: { 'Content-Type': 'application/merge-patch+json' },
  });
  if (patched.status !== 200) throw new Error(await patched.text());
  return { cluster, link, uid: metadata.uid };
}

/** The node's side of the next stream: what it is asked for, and the socket that it dials. */
export async function nextStream<K extends StreamRequest['kind']>(
  cluster: string,
  link: AgentLink,
  kind: K,
) {
  const { streamID, request } = await link.take('openStream');
  if (request.kind !== kind) throw new Error(`a stream of the kind ${request.kind}`);
  const peer = await StreamPeer.agent(streamID, `${cluster}/${NODE}`);
  return { request: request as Extract<StreamRequest, { kind: K }>, peer };
}
