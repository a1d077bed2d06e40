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

  /** A definition with a schema, served, and what kubectl says to objects and questions about it. */
  async function withDefinition(schema: object) {
    const namespace = await cluster.namespace();
    const group = `${namespace}.example.com`;
    const name = `shops.${group}`;
    await cluster.apply(namespace, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'shops', kind: 'Shop' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
        ],
      },
    });
    await cluster.kubectlOutput(['wait', '--for=condition=Established', `crd/${name}`]);
    const write = (verb: 'apply' | 'create', fields: object) => {
      const object = {
        apiVersion: `${group}/v1`,
        kind: 'Shop',
        metadata: { name: `${verb}d` },
        ...fields,
      };
      const input = JSON.stringify(object);
      return cluster.kubectl(['-n', namespace, verb, '-f', '-'], { input });
    };
    const accepts = async (fields: object) => {
      for (const verb of ['create', 'apply'] as const) {
        expect(await write(verb, fields)).toMatchObject({ code: 0 });
      }
    };
    const explain = (path: string) => cluster.kubectlOutput(['explain', `shops.${group}${path}`]);
    return { write, accepts, explain };
  }
  const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

  it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD with validation schema [Conformance]', async () => {
    const { write, accepts, explain } = await withDefinition({
      type: 'object',
      description: 'Foo CRD for Testing',
      properties: {
        spec: {
          type: 'object',
          description: 'Specification of Foo',
          properties: {
            bars: {
              type: 'array',
              description: 'List of Bars and their specs.',
              items: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', description: 'Name of Bar.' },
                  age: { type: 'string', description: 'Age of Bar.' },
                },
              },
            },
          },
        },
      },
    });
    await accepts({ spec: { bars: [{ name: 'test-bar' }] } });
    const unknown = await write('create', {
      metadata: { name: 'x' },
      spec: { bars: [{ name: 'a', unknown: 1 }] },
    });
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.stderr).toContain('unknown field "spec.bars[0].unknown"');
    const missing = await write('create', {
      metadata: { name: 'y' },
      spec: { bars: [{ age: '10' }] },
    });
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain('spec.bars[0].name: Required value');
    expect(await explain('')).toMatch(/DESCRIPTION:\s+Foo CRD for Testing/);
    expect(await explain('.spec')).toMatch(/DESCRIPTION:\s+Specification of Foo/);
    expect(await explain('.spec.bars')).toMatch(/List of Bars and their specs[^]*Name of Bar/);
    await expect(explain('.spec.bars2')).rejects.toThrow();
  });

  it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD without validation schema [Conformance]', async () => {
    const { accepts, explain } = await withDefinition(OPEN);
    await accepts({ a: { b: [{ c: 'd' }] } });
    expect(await explain('')).toContain('DESCRIPTION:');
  });

  it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields at the schema root [Conformance]', async () => {
    const { accepts, explain } = await withDefinition({
      ...OPEN,
      properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
    });
    await accepts({ spec: { a: 'x' }, anything: [{ at: 'all' }] });
    expect(await explain('')).toMatch(/KIND: +Shop/);
  });

  it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields in an embedded object [Conformance]', async () => {
    const { accepts, explain } = await withDefinition({
      type: 'object',
      description: 'preserve-unknown-properties in nested field for Testing',
      properties: { spec: { ...OPEN, description: 'Specification of Waldo' } },
    });
    await accepts({ spec: { b: [{ c: 'd' }] } });
    expect(await explain('')).toContain('preserve-unknown-properties in nested field for Testing');
    expect(await explain('.spec')).toMatch(/DESCRIPTION:\s+Specification of Waldo/);
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
