import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, list } from '../api.ts';
import { createAt } from '../definitions.ts';
import { repeal } from '../policy.ts';
import { freshCluster } from '../stores.ts';
import { mutateBy, VALIDATING, validateBy, webhookOf, webhookURL } from '../webhooks.ts';

const PODS = '/api/v1/namespaces/default/pods';
const APPS = '/apis/apps/v1/namespaces/default';
const CREATED = ['CREATE pods'];

const replicas = (count: number) => ({
  metadata: { name: 'web' },
  spec: {
    replicas: count,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  },
});

/** Frames of a watch until one satisfies the condition: that one. */
async function seen(
  cluster: string,
  path: string,
  isIt: (object: KubernetesObject) => boolean,
): Promise<KubernetesObject> {
  const watch = await APIWatch.open(cluster, `${path}?watch=1`);
  for (;;) {
    const frame = await watch.next();
    if (frame === null) throw new Error('the watch ended');
    if (!isIt(frame.object)) continue;
    await watch.close();
    return frame.object;
  }
}

const statusOf = (object: KubernetesObject) =>
  (object['status'] ?? {}) as { replicas?: number; conditions?: { type: string }[] };

describe('what controllers write', () => {
  it('HOOK-16: is changed by webhooks', async () => {
    const cluster = freshCluster();
    await mutateBy(
      cluster,
      'a',
      webhookOf(webhookURL('label', 'touched', 'yes'), CREATED),
      webhookOf(webhookURL('append', 'x'), CREATED, { name: 'b.example.com' }),
    );
    await createAt(cluster, `${APPS}/deployments`, replicas(20));
    await seen(cluster, `${APPS}/replicasets`, (set) => statusOf(set).replicas === 20);
    const { items } = await list(cluster, PODS);
    expect(items).toHaveLength(20);
    for (const { metadata } of items) {
      expect([metadata.labels?.['touched'], metadata.annotations?.['order']]).toEqual(['yes', 'x']);
    }
  });

  it('HOOK-17: is refused by webhooks, which an event and a condition tell, until they allow it', async () => {
    const cluster = freshCluster();
    await validateBy(cluster, 'a', webhookOf(webhookURL('deny', 'no pods'), CREATED));
    await createAt(cluster, `${APPS}/replicasets`, replicas(2));
    const event = await seen(
      cluster,
      '/api/v1/namespaces/default/events',
      (object) => object['reason'] === 'FailedCreate',
    );
    expect(event).toMatchObject({
      type: 'Warning',
      message:
        'Error creating: admission webhook "webhook.example.com" denied the request: no pods',
      involvedObject: { kind: 'ReplicaSet', name: 'web' },
    });
    const failed = await seen(
      cluster,
      `${APPS}/replicasets`,
      (set) => statusOf(set).conditions !== undefined,
    );
    expect(statusOf(failed).conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' },
    ]);
    expect((await list(cluster, PODS)).items).toEqual([]);
    await repeal(cluster, VALIDATING, 'a');
    await seen(cluster, `${APPS}/replicasets`, (set) => statusOf(set).replicas === 2);
    expect((await list(cluster, PODS)).items).toHaveLength(2);
  });

  it('HOOK-18: waits for no webhook longer than for one that takes its time', async () => {
    const cluster = freshCluster();
    await validateBy(cluster, 'a', webhookOf(webhookURL('slow', '300'), CREATED));
    const started = Date.now();
    await createAt(cluster, `${APPS}/replicasets`, replicas(30));
    await seen(cluster, `${APPS}/replicasets`, (set) => statusOf(set).replicas === 30);
    // All pods of a plan are asked about at once: one after the other it would take nine seconds.
    expect(Date.now() - started).toBeLessThan(4_500);
  });
});
