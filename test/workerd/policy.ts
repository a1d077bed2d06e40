import { runInDurableObject } from 'cloudflare:test';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { call, list } from './api.ts';
import { createAt } from './definitions.ts';
import { stubOf } from './stores.ts';

/** The longest that anything may take that is waited for without a watch. Milliseconds. */
const BOUND_MS = 10_000;

/**
 * Looks again and again until there is something. Between two looks timers have their turn: calls
 * within one process would never let the stores' own timers run.
 *
 * @throws Error after ten seconds.
 */
export async function until<T>(what: string, find: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + BOUND_MS;
  for (;;) {
    const found = await find();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    // No pause, but the event loop's turn: see above. There is no event to wait for in a store's rows.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/**
 * Creates a cluster-scoped object that decides about requests (webhooks, policies, classes, roles),
 * and waits until the stores of namespaces have it: they are told right after the answer.
 */
export async function enforce(
  cluster: string,
  collection: string,
  body: object,
  namespaces: readonly string[] = ['default'],
): Promise<KubernetesObject> {
  // A store that is not active yet gets everything when it becomes so.
  for (const namespace of namespaces) {
    await list(cluster, `/api/v1/namespaces/${namespace}/configmaps`);
  }
  const object = await createAt<KubernetesObject>(cluster, collection, body);
  await enforced(cluster, collection, object, namespaces);
  return object;
}

/** Waits until the stores of namespaces have an object in the state in which it was answered. */
export async function enforced(
  cluster: string,
  collection: string,
  { metadata }: KubernetesObject,
  namespaces: readonly string[] = ['default'],
): Promise<void> {
  for (const namespace of namespaces) {
    await until(`${metadata.name} in ${namespace}`, async () => {
      const known = await policyIn(cluster, namespace, collection, metadata.name ?? '');
      return known?.metadata.resourceVersion === metadata.resourceVersion ? true : null;
    });
  }
}

/** Deletes such an object, and waits until it is forgotten. */
export async function repeal(cluster: string, collection: string, name: string): Promise<void> {
  await (await call(cluster, 'DELETE', `${collection}/${name}`)).body?.cancel();
  await repealed(cluster, collection, name);
}

export async function repealed(cluster: string, collection: string, name: string): Promise<void> {
  await until(`the end of ${name}`, async () =>
    (await policyIn(cluster, 'default', collection, name)) === null ? true : null,
  );
}

/** A cluster-scoped object as the store of a namespace knows it. */
async function policyIn(
  cluster: string,
  namespace: string,
  collection: string,
  name: string,
): Promise<KubernetesObject | null> {
  const [, , group = '', , resource = ''] = collection.split('/');
  return runInDurableObject(stubOf({ cluster, namespace }), (_object, { storage }) => {
    const [row] = storage.sql
      .exec<{ value: string }>(
        'SELECT value FROM policy WHERE resource = ? AND name = ?',
        `${resource}.${group}`,
        name,
      )
      .toArray();
    return row === undefined ? null : (JSON.parse(row.value) as KubernetesObject);
  });
}
