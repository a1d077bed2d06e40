import type { APIClient } from './api-client.ts';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

export interface NodeSummary {
  readonly name: string;
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly version: string;
  readonly internalIP: string;
  readonly createdAt: string;
}

interface NodeObject {
  metadata: { name: string; creationTimestamp: string };
  status?: {
    conditions?: { type: string; status: 'True' | 'False' | 'Unknown' }[];
    nodeInfo?: { kubeletVersion?: string };
    addresses?: { type: string; address: string }[];
  };
}

/** Makes a one-time token. `ttlSeconds` 60 to 30 days, a day where absent. */
export async function createEnrolmentToken(
  client: APIClient,
  options: { nodeName?: string; ttlSeconds?: number },
): Promise<string> {
  const { token } = await client.json<{ token: string }>(
    'POST',
    '/fairlead/v1/enrolment-tokens',
    options,
  );
  return token;
}

/** Takes a node's credential away. It can only come back with a new enrolment token. */
export async function revokeNode(client: APIClient, name: string): Promise<void> {
  await client.json('DELETE', `/fairlead/v1/nodes/${encodeURIComponent(name)}/credential`);
}

export async function listNodes(client: APIClient): Promise<NodeSummary[]> {
  const { items } = await client.json<{ items: NodeObject[] }>('GET', '/api/v1/nodes');
  return items.map(summary);
}

function summary({ metadata, status }: NodeObject): NodeSummary {
  return {
    name: metadata.name,
    ready: status?.conditions?.find((c) => c.type === 'Ready')?.status ?? 'Unknown',
    version: status?.nodeInfo?.kubeletVersion ?? '',
    internalIP: status?.addresses?.find((a) => a.type === 'InternalIP')?.address ?? '',
    createdAt: metadata.creationTimestamp,
  };
}

/** Waits until a node is ready. Throws with what to look at when it is not in time. */
export async function waitForNode(client: APIClient, name: string): Promise<void> {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline;) {
    const { status, text } = await client.request('GET', `/api/v1/nodes/${name}`);
    if (status === 200 && summary(JSON.parse(text) as NodeObject).ready === 'True') return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(
    `node ${name} did not become ready within ${READY_TIMEOUT_MS / 1000} s: its log is node.log in the data directory's logs`,
  );
}
