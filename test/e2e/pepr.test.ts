import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { Cluster } from './harness/cluster.ts';
import { findPepr } from './harness/outside-packages.ts';
import { Background, childrenOf, run } from './harness/processes.ts';
import { until } from './harness/until.ts';

const pepr = await findPepr();
const capability = fileURLToPath(new URL('testdata/pepr/hello-pepr.ts.txt', import.meta.url));

/** Its development server: the API server reaches it by URL, with a certificate that it made. */
describe.skipIf(pepr === null)('Pepr as an admission controller', () => {
  let cluster: Cluster;
  let controller: Background;
  let namespace: string;

  const maps = () => `/api/v1/namespaces/${namespace}/configmaps`;
  const create = (name: string, metadata: object = {}) =>
    cluster.client.request('POST', maps(), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, ...metadata },
    });

  beforeAll(async () => {
    cluster = await Cluster.start('pepr', {
      node: false,
      webhookNetworks: ['127.0.0.0/8', '::1/128'],
    });
    namespace = await cluster.namespace();
    controller = await startModule(pepr ?? '', cluster.dir.kubeconfig);
    const kind = 'validatingwebhookconfigurations';
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}`;
    await until('its webhooks are registered', async () => {
      const { items } = await cluster.client.json<{ items: object[] }>('GET', path);
      return items.length > 0;
    });
    await until('it answers', async () => (await create('probe')).status === 201);
  });

  afterAll(async () => {
    await stopModule(controller);
    await cluster?.stop();
  });

  it('changes what is written, and refuses what it must', async () => {
    const response = await create('good');
    expect(response.status).toBe(201);
    const { metadata } = JSON.parse(response.text) as KubernetesObject;
    expect(metadata.labels).toMatchObject({ 'signed-by': 'pepr' });
    const refused = await create('bad', { annotations: { evil: 'yes' } });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('No evil config maps.');
    expect((await cluster.client.request('GET', `${maps()}/bad`)).status).toBe(404);
  });

  it('changes pods that a controller makes', async () => {
    await cluster.client.json('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'c', image: 'none' }] },
        },
      },
    });
    const pods = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dweb`;
    const made = await until('both pods are made', async () => {
      const { items } = await cluster.client.json<{ items: KubernetesObject[] }>('GET', pods);
      return items.length === 2 && items;
    });
    for (const { metadata } of made) {
      expect(metadata.annotations).toMatchObject({ 'checked-by': 'pepr' });
    }
  });
});

/** Its server is a child of its own, which does not end with it. */
async function stopModule(controller: Background | undefined): Promise<void> {
  const { pid } = controller?.process ?? {};
  if (controller === undefined || pid === undefined) return;
  for (const child of await childrenOf(pid)) process.kill(child.pid, 'SIGKILL');
  await controller.stop('SIGKILL');
}

/** Scaffolds a module, gives it the test's capability, and runs it against a cluster. */
async function startModule(library: string, kubeconfig: string): Promise<Background> {
  const parent = join(inject('scratch'), 'pepr-module');
  await mkdir(parent, { recursive: true });
  const program = join(library, 'node_modules/pepr/dist/cli.js');
  const init = ['init', '-n', 'hello', '-d', 'test', '-e', 'reject', '-u', 'fairlead', '-s', '-y'];
  const made = await run(process.execPath, [program, ...init], { cwd: parent });
  if (made.code !== 0) throw new Error(`pepr init: ${made.stdout}${made.stderr}`);
  const module = join(parent, 'hello');
  await symlink(join(library, 'node_modules'), join(module, 'node_modules'));
  await copyFile(capability, join(module, 'capabilities/hello-pepr.ts'));
  return new Background(process.execPath, [program, 'dev', '--host', 'localhost', '-y'], {
    cwd: module,
    env: { KUBECONFIG: kubeconfig },
  });
}
