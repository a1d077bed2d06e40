import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';

/** A node that nobody runs: its pods stay, going, until somebody confirms that they are gone. */
const NODE = 'ghost';

describeWithKubectl('kubectl taint', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('taints', { node: false });
  });
  afterAll(() => cluster?.stop());

  it('drives pods away with NoExecute: at once, after their time, or not when it is undone', async () => {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    const going = async (name: string): Promise<boolean> => {
      const path = '-o=jsonpath={.metadata.deletionTimestamp}';
      return (await kubectl('get', 'pod', name, path)) !== '';
    };
    await cluster.apply(namespace, { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
    const tolerating = (tolerationSeconds: number) => [
      { key: 'k', operator: 'Equal', value: 'v', effect: 'NoExecute', tolerationSeconds },
    ];
    await cluster.apply(namespace, pod('plain', { nodeName: NODE }));
    for (const [name, seconds] of [
      ['brief', 2],
      ['long', 3600],
    ] as const) {
      const spec = { nodeName: NODE, tolerations: tolerating(seconds) };
      await cluster.apply(namespace, pod(name, spec));
    }

    await kubectl('taint', 'nodes', NODE, 'k=v:NoExecute');
    await until('the pods are told to go', async () => (await going('plain')) && going('brief'));
    expect(await going('long')).toBe(false);
    const reason = `-o=jsonpath={.status.conditions[?(@.type=="DisruptionTarget")].reason}`;
    expect(await kubectl('get', 'pod', 'plain', reason)).toBe('DeletionByTaintManager');

    await kubectl('taint', 'nodes', NODE, 'k=v:NoExecute-');
    await until('the eviction is cancelled', async () => {
      const events = await kubectl('get', 'events', '-o=jsonpath={.items[*].message}');
      return events.includes(`Cancelling deletion of Pod ${namespace}/long`);
    });
    expect(await going('long')).toBe(false);
    await kubectl('delete', 'pods', '--all', '--force', '--grace-period=0');
    await cluster.kubectlOutput(['delete', 'node', NODE]);
  });
});
