import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list, mintToken, statusOf } from '../api.ts';
import { createAt } from '../definitions.ts';
import { configMap, freshCluster } from '../stores.ts';

const DEFAULT = '/api/v1/namespaces/default';
const QUOTAS = `${DEFAULT}/resourcequotas`;

interface Race {
  readonly collection: string;
  /** The limit's name, and its value where 100 objects fit. */
  readonly limit: string;
  readonly hard: string;
  /** What the status says of so many objects. */
  readonly used: (count: number) => string;
  readonly object: (name: string) => object;
}

const RACES: readonly (readonly [string, Race])[] = [
  [
    'configmaps, by their number',
    {
      collection: `${DEFAULT}/configmaps`,
      limit: 'count/configmaps',
      hard: '100',
      used: String,
      object: (name) => configMap(name),
    },
  ],
  [
    'pods, by their CPU',
    {
      collection: `${DEFAULT}/pods`,
      limit: 'requests.cpu',
      hard: '10',
      used: (count) => (count % 10 === 0 ? String(count / 10) : `${count * 100}m`),
      object: (name) => ({
        metadata: { name },
        spec: {
          containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '100m' } } }],
        },
      }),
    },
  ],
];

const range = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

describe('quotas under a race', () => {
  it.each(RACES)(
    'QUOTA-1: give way to exactly what they allow of %s',
    async (_title, { collection, limit, hard, used, object }) => {
      const cluster = freshCluster();
      const token = await mintToken();
      await createAt(cluster, QUOTAS, {
        metadata: { name: 'q' },
        spec: { hard: { [limit]: hard } },
      });
      const before = (await list(cluster, collection)).items.length;
      expect(before).toBeLessThanOrEqual(1);
      const watch = await APIWatch.open(cluster, `${collection}?watch=1`);
      const refusals = new Set<string>();
      /** Creates at once; returns the names of what was made. */
      const create = async (names: readonly string[]): Promise<string[]> => {
        const made = await Promise.all(
          names.map(async (name) => {
            const response = await call(cluster, 'POST', collection, {
              body: object(name),
              token,
            });
            if (response.ok) {
              await response.body?.cancel();
              return name;
            }
            const { code, message = '' } = await statusOf(response);
            refusals.add(`${code} ${message.replace(/^\S+ "[^"]+"/, '')}`);
            return null;
          }),
        );
        return made.filter((name) => name !== null);
      };
      const remove = async (names: readonly string[]): Promise<void> => {
        await Promise.all(
          names.map(async (name) => {
            const response = await call(cluster, 'DELETE', `${collection}/${name}`, { token });
            expect(response.status).toBe(200);
            await response.body?.cancel();
          }),
        );
      };
      const room = 100 - (limit.startsWith('count/') ? before : 0);

      const first = await create(range(1_000, 'a'));
      expect(first).toHaveLength(room);
      expect([...refusals]).toEqual([
        limit.startsWith('count/')
          ? `403  is forbidden: exceeded quota: q, requested: ${limit}=1, used: ${limit}=100, limited: ${limit}=100`
          : `403  is forbidden: exceeded quota: q, requested: ${limit}=100m, used: ${limit}=10, limited: ${limit}=10`,
      ]);
      // Half of them go while as many as can are made, and never are there more than may be.
      const [, ...more] = await Promise.all([
        remove(first.slice(0, 50)),
        ...range(10, 'b').map((prefix) => create(range(30, prefix))),
      ]);
      expect(more.flat().length).toBeLessThanOrEqual(50);
      const filled = await create(range(200, 'c'));
      expect(more.flat().length + filled.length).toBe(50);
      const { items } = await list(cluster, collection);
      expect(items).toHaveLength(room + before);
      await statusSays(cluster, limit, used(limit.startsWith('count/') ? 100 : room));

      let present = 0;
      let most = 0;
      for (let seen = 0; seen < before + room + 50 + 50;) {
        const frame = await watch.next();
        if (frame?.type === 'ADDED') present += 1;
        if (frame?.type === 'DELETED') present -= 1;
        if (frame?.type === 'ADDED' || frame?.type === 'DELETED') seen += 1;
        most = Math.max(most, present);
      }
      expect(most).toBe(room + before);
      await watch.close();
    },
    60_000,
  );
});

/** Waits for a status that says so. What it said last, where it said more, fails the test. */
async function statusSays(cluster: string, limit: string, amount: string): Promise<void> {
  const watch = await APIWatch.open(cluster, `${QUOTAS}?watch=1`);
  for (;;) {
    const frame = await watch.next();
    if (frame === null) throw new Error('the watch ended');
    const { status } = frame.object as KubernetesObject & {
      status?: { used?: Record<string, string> };
    };
    if (status?.used?.[limit] === amount) break;
  }
  await watch.close();
}
