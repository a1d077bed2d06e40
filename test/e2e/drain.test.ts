import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { pod } from './harness/manifests.ts';

/** A node that nobody runs: its pods are what the test writes, and go without a grace period. */
const NODE = 'ghost';

describeWithKubectl('kubectl drain', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('drain', { node: false });
  });
  afterAll(() => cluster?.stop());

  it('evicts what a budget allows, and the rest when there is no budget any more', async () => {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    const pods = async (): Promise<number> =>
      (await kubectl('get', 'pods', '-o', 'name')).split('\n').filter(Boolean).length;
    const drain = (timeout: string) =>
      cluster.kubectl(['drain', NODE, '--force', '--grace-period=0', `--timeout=${timeout}`]);
    await cluster.apply(namespace, { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
    for (const name of ['a', 'b']) {
      const spec = { nodeName: NODE, tolerations: [{ operator: 'Exists' }] };
      await cluster.apply(namespace, pod(name, spec, { labels: { app: 'a' } }));
      const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
      const patch = JSON.stringify({ status });
      await kubectl('patch', 'pod', name, '--subresource=status', '--type=merge', '-p', patch);
    }
    await kubectl('create', 'pdb', 'web', '--selector=app=a', '--min-available=1');

    const refused = await drain('4s');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "Cannot evict pod as it would violate the pod's disruption budget.",
    );
    expect(await pods()).toBe(1);

    await kubectl('delete', 'pdb', 'web');
    const done = await drain('30s');
    expect(done.stderr).not.toContain('Cannot evict');
    expect(done.stdout).toContain(`node/${NODE} drained`);
    expect(await pods()).toBe(0);
    await cluster.kubectlOutput(['delete', 'node', NODE]);
  });
});
