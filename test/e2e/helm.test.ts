import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { IMAGE } from './harness/image.ts';
import { findHelm } from './harness/outside-packages.ts';
import { run } from './harness/processes.ts';

const helm = await findHelm();
const CHART = fileURLToPath(new URL('testdata/chart', import.meta.url));

describe.skipIf(helm === null)('helm', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('helm');
  });
  afterAll(() => cluster?.stop());

  it('installs, upgrades, rolls back, tests and uninstalls a chart with hooks and a CRD', async () => {
    const namespace = await cluster.namespace();
    const home = await cluster.localFiles({});
    const env = {
      KUBECONFIG: cluster.dir.kubeconfig,
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
    };
    const call = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(helm ?? '', ['-n', namespace, ...args], { env });
      if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    };
    const shelf = async () => {
      const path = `/apis/chart.example.com/v1/namespaces/${namespace}/shelves/shop`;
      const { spec } = await cluster.client.json<{ spec: { size: number } }>('GET', path);
      return spec.size;
    };
    const values = ['--set', `image=${IMAGE}`, '--wait', '--timeout=60s'];

    expect(await call('install', 'shop', CHART, ...values)).toContain('STATUS: deployed');
    expect(await shelf()).toBe(1);
    expect(await call('upgrade', 'shop', CHART, ...values, '--set', 'size=2')).toContain(
      'REVISION: 2',
    );
    expect(await shelf()).toBe(2);
    const before = await cluster.client.json<{ data: { revision: string } }>(
      'GET',
      `/api/v1/namespaces/${namespace}/configmaps/shop-before`,
    );
    expect(before.data.revision).toBe('2');
    await call('rollback', 'shop', '1', '--wait', '--timeout=60s');
    expect(await shelf()).toBe(1);
    const history = JSON.parse(await call('history', 'shop', '-o', 'json')) as {
      status: string;
      description: string;
    }[];
    expect(history.map(({ status, description }) => `${status}: ${description}`)).toEqual([
      'superseded: Install complete',
      'superseded: Upgrade complete',
      'deployed: Rollback to 1',
    ]);
    expect(await call('test', 'shop', '--timeout=60s')).toMatch(/Phase: +Succeeded/);
    expect(await call('list', '-o', 'json')).toContain('"name":"shop"');
    expect(await call('get', 'manifest', 'shop')).toContain('kind: Shelf');
    expect(await call('uninstall', 'shop', '--wait')).toContain('uninstalled');
    const left = await cluster.client.json<{ items: unknown[] }>(
      'GET',
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
    );
    expect(left.items).toEqual([]);
  });
});
