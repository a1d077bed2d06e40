import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { kubectlVersions } from './harness/kubectl.ts';
import { kubectlInNamespace } from './harness/kubectl-in-namespace.ts';
import { deployment } from './harness/manifests.ts';
import { until } from './harness/until.ts';

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: '' },
  spec: {
    group: '',
    scope: 'Namespaced',
    names: { plural: 'tabs', kind: 'Tab', shortNames: ['tb'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer', description: 'How large it is.' } },
              },
            },
          },
        },
      },
    ],
  },
};

/** What every version of kubectl at hand must be able to do, with no node in sight. */
describe.skipIf(kubectlVersions.length === 0)('kubectl of any version', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('kubectl-versions', { node: false });
  });
  afterAll(() => cluster?.stop());

  describe.each(kubectlVersions)('$version', ({ version, path }) => {
    const usual = { replicas: 0 };

    async function given() {
      const { namespace, kubectl, output } = await kubectlInNamespace(cluster, path);
      const apply = (manifest: object, ...flags: string[]) =>
        output(['apply', ...flags, '-f', '-'], { input: JSON.stringify(manifest) });
      return { namespace, kubectl, output, apply };
    }

    it.concurrent('applies on the client’s side, and sees what differs', async () => {
      const { kubectl, output, apply } = await given();
      expect(await apply(deployment('web', 0))).toBe('deployment.apps/web created\n');
      expect(await apply(deployment('web', 0))).toBe('deployment.apps/web unchanged\n');
      const next = JSON.stringify(deployment('web', 0, { paused: true }));
      const diff = await kubectl(['diff', '-f', '-'], { input: next });
      expect(diff.code).toBe(1);
      expect(diff.stdout).toContain('+  paused: true');
      expect(await apply(deployment('web', 0, { paused: true }))).toBe(
        'deployment.apps/web configured\n',
      );
      expect((await kubectl(['diff', '-f', '-'], { input: next })).code).toBe(0);
      expect(await output(['get', 'deployment', 'web', '-o', 'jsonpath={.spec.paused}'])).toBe(
        'true',
      );
      expect(await apply(deployment('web', 0, usual), '--dry-run=server')).toContain(
        '(server dry run)',
      );
    });

    it.concurrent('applies on the server’s side, with conflicts', async () => {
      const { kubectl, output } = await given();
      const config = (value: string) =>
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'shared' },
          data: { key: value },
        });
      const apply = (manager: string, value: string, ...flags: string[]) =>
        kubectl(['apply', '--server-side', `--field-manager=${manager}`, ...flags, '-f', '-'], {
          input: config(value),
        });
      expect((await apply('one', '1')).stdout).toBe('configmap/shared serverside-applied\n');
      const refused = await apply('two', '2');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(
        'Apply failed with 1 conflict: conflict with "one": .data.key',
      );
      expect((await apply('two', '2', '--force-conflicts')).code).toBe(0);
      const jsonpath = '-o=jsonpath={.data.key} {.metadata.managedFields[*].manager}';
      expect(await output(['get', 'configmap', 'shared', jsonpath, '--show-managed-fields'])).toBe(
        '2 two',
      );
    });

    it.concurrent('patches in every way, edits, replaces and labels', async () => {
      const { namespace, kubectl, output, apply } = await given();
      await apply(deployment('web', 0));
      const replicas = () =>
        output(['get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}']);
      const patches: [type: string, patch: string, want: string][] = [
        ['strategic', '{"spec":{"minReadySeconds":1}}', '1'],
        ['merge', '{"spec":{"minReadySeconds":2}}', '2'],
        ['json', '[{"op":"replace","path":"/spec/minReadySeconds","value":3}]', '3'],
      ];
      for (const [type, patch, want] of patches) {
        await output(['patch', 'deployment', 'web', `--type=${type}`, '-p', patch]);
        const path = '-o=jsonpath={.spec.minReadySeconds}';
        expect(await output(['get', 'deployment', 'web', path])).toBe(want);
      }
      const folder = await cluster.localFiles({
        'editor.sh': '#!/bin/sh\nsed -i "s/minReadySeconds: 3/minReadySeconds: 4/" "$1"\n',
      });
      const editor = join(folder, 'editor.sh');
      await chmod(editor, 0o755);
      const edited = await output(['edit', 'deployment', 'web'], { env: { EDITOR: editor } });
      expect(edited).toBe('deployment.apps/web edited\n');
      const text = await output(['get', 'deployment', 'web', '-o', 'json']);
      const uid = (JSON.parse(text) as { metadata: { uid: string } }).metadata.uid;
      const file = join(folder, 'web.json');
      await writeFile(file, JSON.stringify(deployment('web', 0)));
      expect(await output(['replace', '-f', file])).toBe('deployment.apps/web replaced\n');
      await output(['replace', '--force', '-f', file]);
      expect(await output(['get', 'deployment', 'web', '-o', 'jsonpath={.metadata.uid}'])).not.toBe(
        uid,
      );
      await output(['label', 'deployment', 'web', 'tier=front']);
      await output(['annotate', 'deployment', 'web', 'note=x']);
      expect(await output(['get', 'deployment', '-l', 'tier=front', '-o', 'name'])).toBe(
        'deployment.apps/web\n',
      );
      await output(['scale', 'deployment', 'web', '--replicas=0']);
      expect(await replicas()).toBe('0');
      await output(['set', 'image', 'deployment/web', 'main=other:1']);
      const gone = await kubectl(['delete', 'deployment', 'web', '--cascade=foreground', '--wait']);
      expect(gone.stdout).toMatch(/^deployment.apps "web" deleted/);
      expect(namespace).not.toBe('');
    });

    it.concurrent('finds, explains, applies and shows custom resources', async () => {
      const { output, apply } = await given();
      const group = `v${version.replaceAll(/[^0-9a-z]/g, '')}.example.com`;
      const definition = structuredClone(CRD);
      definition.metadata.name = `tabs.${group}`;
      definition.spec.group = group;
      await apply(definition);
      await output(['wait', '--for=condition=Established', `crd/tabs.${group}`, '--timeout=30s']);
      const tab = (size: number) => ({
        apiVersion: `${group}/v1`,
        kind: 'Tab',
        metadata: { name: 'a' },
        spec: { size },
      });
      const resource = `tabs.${group}`;
      expect(await apply(tab(1))).toBe(`tab.${group}/a created\n`);
      expect(await apply(tab(2))).toBe(`tab.${group}/a configured\n`);
      expect(await output(['get', resource])).toMatch(/^NAME +SIZE\na +2\n$/);
      expect(await output(['explain', `${resource}.spec.size`])).toContain('How large it is.');
      expect(await output(['api-resources', `--api-group=${group}`])).toContain('Tab');
      await output(['delete', 'crd', `tabs.${group}`]);
    });

    it.concurrent('looks around', async () => {
      const { output, apply } = await given();
      await apply(deployment('web', 1));
      expect(await output(['version', '-o', 'json'])).toContain('"gitVersion"');
      expect((await output(['api-versions'])).split('\n')).toEqual(
        expect.arrayContaining(['v1', 'apps/v1', 'batch/v1', 'apiextensions.k8s.io/v1']),
      );
      const resources = await output(['api-resources', '-o', 'name']);
      expect(resources.split('\n')).toEqual(
        expect.arrayContaining(['pods', 'deployments.apps', 'jobs.batch']),
      );
      expect(await output(['explain', 'deployment.spec.strategy'])).toContain('rollingUpdate');
      expect(await output(['get', '--raw', '/readyz'])).toBe('ok');
      expect(await output(['get', 'deployments', '-o', 'wide'])).toMatch(
        /CONTAINERS +IMAGES +SELECTOR/,
      );
      const columns = '-o=custom-columns=NAME:.metadata.name,N:.spec.replicas';
      expect(await output(['get', 'deployments', columns])).toMatch(/^NAME +N\nweb +1\n$/);
      const template = '-o=go-template={{range .items}}{{.metadata.name}};{{end}}';
      expect(await output(['get', 'deployments', template])).toBe('web;');
      const all = await output([
        'get',
        'configmaps,serviceaccounts',
        '-A',
        '--chunk-size=2',
        '-o',
        'name',
      ]);
      expect(all.split('\n').length).toBeGreaterThan(4);
      expect(await output(['describe', 'deployment', 'web'])).toContain('Pod Template:');
      await until('the events are there', async () =>
        (await output(['events'])).includes('ScalingReplicaSet'),
      );
    });
  });
});
