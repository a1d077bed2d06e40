import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../cli/build-if-stale.ts';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { until } from './harness/until.ts';

const EXAMPLES = join(PACKAGE_ROOT, 'examples');
const FILES = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.yaml') && !name.startsWith('custom-resource/'),
);

interface PodList {
  items: {
    metadata: { name: string };
    status?: { podIP?: string; conditions?: { type: string; status: string }[] };
  }[];
}

describeWithKubectl('every example', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('examples');
  });
  afterAll(() => cluster?.stop());

  it.concurrent('in examples/custom-resource is a kind of its own, with a rule', async () => {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    const file = (name: string) => join(EXAMPLES, 'custom-resource', name);
    await kubectl('apply', '--server-side', '-f', file('definition.yaml'));
    await kubectl('wait', '--for=condition=Established', 'crd/shelves.shop.example.com');
    await kubectl('apply', '--server-side', '-f', file('shelf.yaml'));
    expect(await kubectl('get', 'shelves')).toMatch(/^NAME +BOARDS +MATERIAL +AGE\ntea +4 +wood +/);
    expect(await kubectl('explain', 'shelf.spec.boards')).toContain('How many boards');
    await kubectl('scale', 'shelf', 'tea', '--replicas=6');
    const glass = '{"spec":{"material":"glass"}}';
    const refused = await cluster.kubectl([
      '-n',
      namespace,
      'patch',
      'shelf',
      'tea',
      '--type=merge',
      '-p',
      glass,
    ]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('glass breaks under its own weight');
    await kubectl('delete', '-f', file('definition.yaml'));
  });

  it.concurrent.each(FILES)('in examples/%s becomes ready and serves its pages', async (file) => {
    const path = join(EXAMPLES, file);
    const own = /^kind: Namespace\nmetadata:\n {2}name: (.*)$/m.exec(await readFile(path, 'utf8'));
    const namespace = own?.[1] ?? (await cluster.namespace());
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    const applied = await kubectl('apply', '-f', path, '--validate=strict');
    expect(applied).toMatch(/^(\S+ created\n)+$/);

    const pods = await until('its pods are ready', async () => {
      const { items } = await cluster.client.json<PodList>(
        'GET',
        `/api/v1/namespaces/${namespace}/pods`,
      );
      const allReady = items.every(({ status }) =>
        status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
      );
      return items.length > 0 && allReady && items;
    });
    for (const { status } of pods) {
      const page = await fetch(`http://${status?.podIP}:8080/`);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('<h1>');
    }
    if ((await kubectl('get', 'deployments', '-o', 'name')) !== '') {
      await kubectl('wait', '--for=condition=Available', 'deployments', '--all', '--timeout=60s');
    }
    // kubectl calls a Secret with stringData configured, whether or not anything changed, and a Pod
    // with volumes: admission has added one, and kubectl says in which order its own are. A
    // StatefulSet's templates of claims are one list, whose items have defaults.
    expect(await kubectl('apply', '-f', path)).toMatch(
      /^(\S+ unchanged\n|(secret|pod|statefulset)\S+ configured\n)+$/,
    );
    expect(await kubectl('diff', '-f', path)).toBe('');
    await kubectl('delete', '-f', path);
    await until('its containers are gone', async () =>
      (await cluster.containers()).every((found) => found.namespace !== namespace),
    );
  });
});
