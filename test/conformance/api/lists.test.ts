import { expect, it, vi } from 'vitest';
import { call, list, type ListBody, statusOf } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';

const TEMPLATES = '/api/v1/namespaces/default/podtemplates';

async function clusterWithTemplates(count: number): Promise<string> {
  const cluster = freshCluster();
  const names = Array.from({ length: count }, (_, i) => `template-${String(i).padStart(4, '0')}`);
  await Promise.all(
    names.map((name) =>
      createAt(cluster, TEMPLATES, {
        metadata: { name },
        template: { spec: { containers: [{ name: 'c', image: 'i' }] } },
      }),
    ),
  );
  return cluster;
}

it('[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls [Conformance]', async () => {
  const count = 400;
  const limit = 37;
  const cluster = await clusterWithTemplates(count);
  const names: string[] = [];
  let page: ListBody | undefined;
  do {
    const token: string = page?.metadata.continue ?? '';
    const next: ListBody = await list(
      cluster,
      `${TEMPLATES}?limit=${limit}&continue=${encodeURIComponent(token)}`,
    );
    expect(next.items.length).toBeLessThanOrEqual(limit);
    names.push(...next.items.map((o) => o.metadata.name ?? ''));
    if (page !== undefined) {
      expect(next.metadata.resourceVersion).toBe(page.metadata.resourceVersion);
    }
    expect(next.metadata.remainingItemCount).toBe(
      names.length === count ? undefined : count - names.length,
    );
    page = next;
  } while (page.metadata.continue);
  expect(names).toHaveLength(count);
  expect(names).toEqual([...names].sort());
  const whole = await list(cluster, TEMPLATES);
  expect(whole.items).toHaveLength(count);
});

it('[sig-api-machinery] Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Conformance] [Slow]', async () => {
  const cluster = await clusterWithTemplates(20);
  const first = await list(cluster, `${TEMPLATES}?limit=5`);
  const token = encodeURIComponent(first.metadata.continue ?? '');
  vi.useFakeTimers({ now: Date.now() + 11 * 60_000, toFake: ['Date'] });
  try {
    const refusal = await statusOf(
      await call(cluster, 'GET', `${TEMPLATES}?limit=5&continue=${token}`),
    );
    expect(refusal).toMatchObject({ code: 410, reason: 'Expired' });
    const { continue: fresh = '' } = refusal.metadata as { continue?: string };
    expect(fresh).not.toBe('');
    await createAt(cluster, TEMPLATES, {
      metadata: { name: 'template-0007b' },
      template: { spec: { containers: [{ name: 'c', image: 'i' }] } },
    });
    const rest = await list(cluster, `${TEMPLATES}?continue=${encodeURIComponent(fresh)}`);
    expect(rest.items).toHaveLength(16);
    expect(Number(rest.metadata.resourceVersion)).toBeGreaterThan(
      Number(first.metadata.resourceVersion),
    );
  } finally {
    vi.useRealTimers();
  }
});
