import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../cli/control-plane/bundle.ts';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { until } from './harness/until.ts';

const EXAMPLES = join(PACKAGE_ROOT, 'examples');
const FILES = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
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
    // kubectl calls a Secret with stringData configured, whether or not anything changed.
    expect(await kubectl('apply', '-f', path)).toMatch(
      /^(\S+ unchanged\n|secret\S+ configured\n)+$/,
    );
    expect(await kubectl('diff', '-f', path)).toBe('');
    await kubectl('delete', '-f', path);
    await until('its containers are gone', async () =>
      (await cluster.containers()).every((found) => found.namespace !== namespace),
    );
  });
});
