import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, list, type ListBody } from '../../workerd/api.ts';

/** Waits, by a watch, until a list is as it should be. */
export async function listWhen<T extends KubernetesObject>(
  cluster: string,
  path: string,
  holds: (items: readonly T[]) => boolean,
): Promise<readonly T[]> {
  const read = async () => (await list(cluster, path)) as ListBody & { readonly items: T[] };
  const first = await read();
  const watch = await APIWatch.open(
    cluster,
    `${path}${path.includes('?') ? '&' : '?'}watch=1&resourceVersion=${first.metadata.resourceVersion}`,
  );
  let { items } = first;
  while (!holds(items)) {
    if ((await watch.next()) === null) throw new Error('the watch ended');
    ({ items } = await read());
  }
  await watch.close();
  return items;
}

/** The same for one object. */
export async function objectWhen<T extends KubernetesObject>(
  cluster: string,
  path: string,
  holds: (object: T) => boolean,
): Promise<T> {
  const slash = path.lastIndexOf('/');
  const query = `fieldSelector=metadata.name%3D${path.slice(slash + 1)}`;
  const items = await listWhen<T>(cluster, `${path.slice(0, slash)}?${query}`, (found) =>
    found.some(holds),
  );
  return items[0]!;
}
