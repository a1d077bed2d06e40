import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { APIClient } from '../api-client.ts';
import { PACKAGE_ROOT } from '../build-if-stale.ts';
import { buildHelloImage } from './hello-image.ts';

const NAMESPACE = 'default';
const TIMEOUT_MS = 120_000;
const POLL_MS = 200;
const PORT = 8080;

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

/** Builds the image, applies examples/hello and waits until a page was fetched. Returns its URL. */
export async function deployHello(client: APIClient): Promise<string> {
  await buildHelloImage();
  const text = await readFile(join(PACKAGE_ROOT, 'examples/hello/hello.yaml'), 'utf8');
  for (const document of parseAllDocuments(text)) {
    await createIfAbsent(client, document.toJS() as Manifest);
  }
  return waitUntilServed(client);
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  Deployment: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
  Service: `/api/v1/namespaces/${NAMESPACE}/services`,
};

/** What is there already may have been changed by its owner, and stays. */
async function createIfAbsent(client: APIClient, manifest: Manifest): Promise<void> {
  const path = COLLECTIONS[manifest.kind];
  if (path === undefined) throw new Error(`examples/hello holds a ${manifest.kind}`);
  const { status } = await client.request('GET', `${path}/${manifest.metadata.name}`);
  if (status === 404) await client.json('POST', path, manifest);
}

interface Deployment {
  spec: { replicas: number };
  status?: { availableReplicas?: number };
}

interface PodList {
  items: { status?: { podIP?: string; conditions?: { type: string; status: string }[] } }[];
}

async function waitUntilServed(client: APIClient): Promise<string> {
  for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline;) {
    const { spec, status } = await client.json<Deployment>(
      'GET',
      `${COLLECTIONS['Deployment'] ?? ''}/hello`,
    );
    if (spec.replicas === 0) return '(scaled to zero)';
    if ((status?.availableReplicas ?? 0) >= spec.replicas) {
      const url = await servingURL(client);
      if (url !== null) return url;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(
    'hello did not serve in time: kubectl describe pods -l app=hello says what it waits for',
  );
}

async function servingURL(client: APIClient): Promise<string | null> {
  const { items } = await client.json<PodList>(
    'GET',
    `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app%3Dhello`,
  );
  for (const { status } of items) {
    if (status?.podIP === undefined) continue;
    const url = `http://${status.podIP}:${PORT}/`;
    if (await isServed(url)) return url;
  }
  return null;
}

async function isServed(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return response.ok && (await response.text()).includes('Fairlead');
  } catch {
    // Not reachable yet.
    return false;
  }
}
