import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { deployment, pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';

/** Rows of test/conformance/rows.tsv that are about kubectl and need no node. */
describeWithKubectl('conformance', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('kubectl-conformance', { node: false });
  });
  afterAll(() => cluster?.stop());

  it('[sig-cli] Kubectl client Kubectl api-versions should check if v1 is in available api versions [Conformance]', async () => {
    expect((await cluster.kubectlOutput(['api-versions'])).split('\n')).toContain('v1');
  });

  it('[sig-cli] Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info [Conformance]', async () => {
    const text = await cluster.kubectlOutput(['cluster-info']);
    expect(text).toContain('Kubernetes control plane');
    expect(text).toContain(`https://127.0.0.1:${cluster.port}`);
  });

  it('[sig-cli] Kubectl client Kubectl diff should check if kubectl diff finds a difference for Deployments [Conformance]', async () => {
    const namespace = await cluster.namespace();
    await cluster.apply(namespace, deployment('web', 0));
    const input = JSON.stringify(deployment('web', 0, { revisionHistoryLimit: 7 }));
    const diff = await cluster.kubectl(['-n', namespace, 'diff', '-f', '-'], { input });
    expect(diff.code).toBe(1);
    expect(diff.stdout).toContain('+  revisionHistoryLimit: 7');
  });

  it('[sig-cli] Kubectl client Kubectl run pod should create a pod from an image when restart is Never [Conformance]', async () => {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    await kubectl('run', 'p', '--image=example/web:1', '--restart=Never');
    const text = await kubectl('get', 'pod', 'p', '-o', 'json');
    expect(JSON.parse(text)).toMatchObject({
      spec: { restartPolicy: 'Never', containers: [{ name: 'p', image: 'example/web:1' }] },
    });
    await kubectl('delete', 'pod', 'p');
  });

  it('[sig-cli] Kubectl client Kubectl server-side dry-run should check if kubectl can dry-run update Pods [Conformance]', async () => {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    await cluster.apply(namespace, pod('p'));
    const image = ['get', 'pod', 'p', '-o', 'jsonpath={.spec.containers[0].image}'];
    const before = await kubectl(...image);
    const patch = JSON.stringify({ spec: { containers: [{ name: 'main', image: 'other:2' }] } });
    await kubectl('patch', 'pod', 'p', '-p', patch, '--dry-run=server');
    expect(await kubectl(...image)).toBe(before);
  });

  it('[sig-cli] Kubectl client Kubectl version should check is all data is printed [Conformance]', async () => {
    const text = await cluster.kubectlOutput(['version', '-o', 'json']);
    const versions = JSON.parse(text) as Record<string, Record<string, string>>;
    for (const side of ['clientVersion', 'serverVersion']) {
      for (const field of ['major', 'minor', 'gitVersion', 'gitCommit', 'buildDate', 'goVersion']) {
        expect({ side, field, said: typeof versions[side]?.[field] }).toMatchObject({
          said: 'string',
        });
      }
    }
  });

  const pathsThrough = (options: object): Promise<string> =>
    new Promise((resolve, reject) => {
      request({ path: '/api/', ...options }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });

  it('[sig-cli] Kubectl client Proxy server should support --unix-socket=/path [Conformance]', async () => {
    const socketPath = join(await cluster.localFiles({}), 'socket');
    const proxy = cluster.kubectlInBackground(['proxy', `--unix-socket=${socketPath}`]);
    await until('the proxy listens', () => proxy.stdout.includes('Starting to serve'));
    expect(JSON.parse(await pathsThrough({ socketPath }))).toMatchObject({ kind: 'APIVersions' });
    await proxy.stop();
  });

  it('[sig-cli] Kubectl client Proxy server should support proxy with --port 0 [Conformance]', async () => {
    const proxy = cluster.kubectlInBackground(['proxy', '--port=0', '--disable-filter=true']);
    const said = await until('the proxy listens', () => /:(\d+)/.exec(proxy.stdout));
    const body = await pathsThrough({ host: '127.0.0.1', port: Number(said[1]) });
    expect(JSON.parse(body)).toMatchObject({ kind: 'APIVersions' });
    await proxy.stop();
  });
});
