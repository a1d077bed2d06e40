import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { containersOf } from './harness/engine.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container } from './harness/manifests.ts';
import { until } from './harness/until.ts';

/** Pods of a Node that is gone are waited for 40 s, lest it comes back. */
const GONE_MS = 90_000;

describeWithKubectl('a DaemonSet on nodes that come and go', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('daemon-set');
  });
  afterAll(() => cluster?.stop());

  it('has one pod on each that fits, and none on those that are gone', async () => {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    const first = cluster.nodeName;
    const second = cluster.newNodeName('second');
    await cluster.apply(namespace, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'log' },
      spec: {
        selector: { matchLabels: { app: 'log' } },
        template: {
          metadata: { labels: { app: 'log' } },
          spec: { terminationGracePeriodSeconds: 1, containers: [container()] },
        },
      },
    });
    /** Names of nodes with a running pod, each as often as it has one. */
    const where = async () => {
      const output = await kubectl(
        'get',
        'pods',
        '--field-selector=status.phase=Running',
        '-o',
        'jsonpath={range .items[*]}{.spec.nodeName}{"\\n"}{end}',
      );
      return output.split('\n').filter(Boolean).sort();
    };
    const runsOn = (...nodes: string[]) =>
      until(
        `pods on ${nodes.join(' and ')}`,
        async () => (await where()).join() === nodes.toSorted().join(),
        GONE_MS,
      );
    await runsOn(first);

    const agent = await cluster.joinNode(second);
    try {
      await runsOn(first, second);
      expect(await kubectl('rollout', 'status', 'daemonset/log', '--timeout=60s')).toContain(
        'successfully rolled out',
      );
      expect(await kubectl('get', 'daemonset', 'log', '--no-headers')).toMatch(
        /^log +2 +2 +2 +2 +2 +<none> /,
      );

      await kubectl('label', 'node', second, 'quiet=yes');
      await kubectl(
        'patch',
        'daemonset',
        'log',
        '-p',
        JSON.stringify({
          spec: {
            template: {
              spec: {
                affinity: {
                  nodeAffinity: {
                    requiredDuringSchedulingIgnoredDuringExecution: {
                      nodeSelectorTerms: [
                        { matchExpressions: [{ key: 'quiet', operator: 'DoesNotExist' }] },
                      ],
                    },
                  },
                },
              },
            },
          },
        }),
      );
      await runsOn(first);
      await until('the containers of the other are gone', async () => {
        const left = await containersOf(second);
        return left.length === 0;
      });
      await kubectl('label', 'node', second, 'quiet-');
      await runsOn(first, second);
    } finally {
      await agent.stop('SIGINT');
    }
    await kubectl('delete', 'node', second);
    await runsOn(first);
    await until('one is wanted', async () =>
      /^log +1 +1 +1 +1 +1 /.test(await kubectl('get', 'daemonset', 'log', '--no-headers')),
    );
  }, 300_000);
});
