import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APIError } from '../../cli/api-client.ts';
import { Cluster } from './harness/cluster.ts';
import { findOperatorLibrary } from './harness/outside-packages.ts';
import { Background } from './harness/processes.ts';
import { until } from './harness/until.ts';

const library = await findOperatorLibrary();
const file = (name: string) => fileURLToPath(new URL(`testdata/${name}`, import.meta.url));

describe.skipIf(library === null)('an operator', () => {
  let cluster: Cluster;
  let operator: Background;
  let isOver = false;
  let restarts = -1;

  /** Not before the server is back: the library would only end again. */
  async function restart(): Promise<void> {
    await until('the server is back', () => isOver || cluster.client.json('GET', '/version'));
    keepRunning();
  }

  /** As a Deployment would: the library ends its process whenever the server is out of reach. */
  function keepRunning(): void {
    if (isOver) return;
    restarts += 1;
    operator = new Background(
      process.execPath,
      [file('operator.mjs'), library ?? '', file('rack-definition.yaml')],
      { env: { KUBECONFIG: cluster.dir.kubeconfig } },
    );
    void operator.exited.then(restart);
  }

  beforeAll(async () => {
    cluster = await Cluster.start('operator', { node: false });
    keepRunning();
    await until('the operator watches', () => operator.stdout.includes('watching'));
  });
  afterAll(async () => {
    isOver = true;
    await operator?.stop('SIGTERM');
    await cluster?.stop();
  });

  it('reconciles a resource of its own through a restart of the server', async () => {
    const namespace = await cluster.namespace();
    const racks = `/apis/operator.example.com/v1/namespaces/${namespace}/racks`;
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const rack = (name: string, text: string) => ({
      apiVersion: 'operator.example.com/v1',
      kind: 'Rack',
      metadata: { name },
      spec: { text },
    });
    const reconciled = (name: string, text: string, generation: number) =>
      until(`${name} says ${text}`, async () => {
        const map = await cluster.client.json<{ data: { text: string } }>('GET', `${maps}/${name}`);
        const { status } = await cluster.client.json<{ status?: { observedGeneration: number } }>(
          'GET',
          `${racks}/${name}`,
        );
        return map.data.text === text && status?.observedGeneration === generation;
      });

    await cluster.client.json('POST', racks, rack('a', 'one'));
    await reconciled('a', 'one', 1);
    await cluster.down();
    await cluster.up();
    await cluster.client.json('POST', racks, rack('b', 'two'));
    await reconciled('b', 'two', 1);
    const change = { spec: { text: 'three' } };
    await cluster.client.json('PATCH', `${racks}/a`, change, 'application/merge-patch+json');
    await reconciled('a', 'three', 2);
    await cluster.client.json('DELETE', `${racks}/a`);
    await until('the map of what is gone is gone', () => isGone(`${maps}/a`));
    await until('and so is what it was for', () => isGone(`${racks}/a`));
    expect(restarts).toBeGreaterThan(0);
  });

  async function isGone(path: string): Promise<boolean> {
    try {
      await cluster.client.json('GET', path);
      return false;
    } catch (error) {
      return error instanceof APIError && error.status === 404;
    }
  }
});
