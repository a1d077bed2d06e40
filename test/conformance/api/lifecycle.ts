import { expect } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list, statusOf } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';

/** A kind as a lifecycle test drives it. */
export interface LifecycleSubject {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** A new object, without its name. */
  readonly sample: () => object;
  /** What the three objects of a test are called, where not just any name will do. */
  readonly names?: readonly [string, string, string];
  /** Changes that a PUT makes, beside a label. */
  readonly change?: (object: KubernetesObject) => void;
  /** What PATCH and PUT write to `status`; absent where there is no such subresource. */
  readonly status?: { readonly patch: object; readonly put: object };
  /** Other subresources that take get, patch and update. */
  readonly subresources?: readonly string[];
}

const MERGE = { 'Content-Type': 'application/merge-patch+json' };
const LABEL = 'lifecycle=this';

export const rootOf = ({ group, version }: Pick<LifecycleSubject, 'group' | 'version'>): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

export function collectionOf(subject: LifecycleSubject, namespace = 'default'): string {
  const { namespaced, resource } = subject;
  return `${rootOf(subject)}${namespaced ? `/namespaces/${namespace}` : ''}/${resource}`;
}

/** PATCH with a merge patch; the object as it is answered. */
export async function merge(
  cluster: string,
  path: string,
  body: object,
): Promise<KubernetesObject> {
  return objectOf(await call(cluster, 'PATCH', path, { headers: MERGE, body }));
}

export async function objectOf<T = KubernetesObject>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(JSON.stringify(await statusOf(response)));
  return response.json<T>();
}

export const put = async (cluster: string, path: string, body: object) =>
  objectOf(await call(cluster, 'PUT', path, { body }));

export const get = async <T = KubernetesObject>(cluster: string, path: string) =>
  objectOf<T>(await call(cluster, 'GET', path));

/** The labelled sample. */
function labelled(subject: LifecycleSubject, name: string): object {
  const object = subject.sample() as KubernetesObject;
  const metadata = { ...object.metadata, name };
  metadata.labels = { ...metadata.labels, lifecycle: 'this' };
  return { ...object, metadata };
}

/** Discovery names the resource, with the verbs that everything has, and its subresources. */
export async function expectDiscovered(
  cluster: string,
  subject: Omit<LifecycleSubject, 'sample'>,
): Promise<void> {
  const { group, version, resource, kind, namespaced } = subject;
  if (group !== '') {
    const { groups } = await get<{ groups: { name: string; versions: { version: string }[] }[] }>(
      cluster,
      '/apis',
    );
    const found = groups.find(({ name }) => name === group);
    expect(found?.versions.map((v) => v.version)).toContain(version);
  }
  const { resources } = await get<{ resources: { name: string }[] }>(cluster, rootOf(subject));
  expect(resources.find(({ name }) => name === resource)).toMatchObject({ kind, namespaced });
  const subresources = [
    ...(subject.status === undefined ? [] : ['status']),
    ...(subject.subresources ?? []),
  ];
  for (const name of subresources) {
    expect(resources.map((r) => r.name)).toContain(`${resource}/${name}`);
  }
}

/**
 * Every verb on a kind, in the order in which upstream's "API operations" tests go: discovery,
 * create, get, list, watch, patch, update, the status subresource, delete, deletecollection. What a
 * watch tells must be what was done.
 */
export async function runLifecycle(cluster: string, subject: LifecycleSubject): Promise<void> {
  await expectDiscovered(cluster, subject);
  const path = collectionOf(subject);
  const [first, second, third] = subject.names ?? ['one', 'two', 'three'];
  const everywhere = `${rootOf(subject)}/${subject.resource}?labelSelector=${encodeURIComponent(LABEL)}`;
  const one = `${path}/${first}`;
  const before = await list(cluster, everywhere);
  expect(before.items).toEqual([]);
  const watch = await APIWatch.open(
    cluster,
    `${everywhere}&watch=1&resourceVersion=${before.metadata.resourceVersion}`,
  );

  const created = await createAt<KubernetesObject>(cluster, path, labelled(subject, first));
  expect(created).toMatchObject({ metadata: { name: first } });
  const again = await call(cluster, 'POST', path, { body: labelled(subject, first) });
  expect(await statusOf(again)).toMatchObject({ code: 409, reason: 'AlreadyExists' });
  expect(await get(cluster, one)).toEqual(created);
  expect((await list(cluster, everywhere)).items.map((o) => o.metadata.name)).toEqual([first]);

  const patched = await merge(cluster, one, { metadata: { annotations: { patched: 'true' } } });
  expect(patched.metadata.annotations).toMatchObject({ patched: 'true' });
  patched.metadata.annotations = { ...patched.metadata.annotations, updated: 'true' };
  subject.change?.(patched);
  const updated = await put(cluster, one, patched);
  expect(updated.metadata.annotations).toMatchObject({ updated: 'true' });
  expect(await get(cluster, one)).toEqual(updated);
  const stale = await call(cluster, 'PUT', one, {
    body: {
      ...patched,
      metadata: { ...patched.metadata, resourceVersion: created.metadata.resourceVersion },
    },
  });
  expect(await statusOf(stale)).toMatchObject({ code: 409, reason: 'Conflict' });

  let changes = 2;
  if (subject.status !== undefined) changes += await runStatus(cluster, one, subject.status);

  const deleted = await call(cluster, 'DELETE', one);
  expect(deleted.status).toBe(200);
  await deleted.body?.cancel();
  const frames = await watch.take(changes + 2);
  expect(frames.map(({ type }) => type)).toEqual([
    'ADDED',
    ...Array.from({ length: changes }, () => 'MODIFIED'),
    'DELETED',
  ]);
  await watch.close();
  expect(await statusOf(await call(cluster, 'GET', one))).toMatchObject({ code: 404 });

  for (const name of [second, third]) await createAt(cluster, path, labelled(subject, name));
  const gone = await call(cluster, 'DELETE', `${path}?labelSelector=${encodeURIComponent(LABEL)}`);
  expect(gone.status).toBe(200);
  await gone.body?.cancel();
  expect((await list(cluster, everywhere)).items).toEqual([]);
}

/** Reads, patches and replaces the status; returns how many changes that was. */
async function runStatus(
  cluster: string,
  path: string,
  { patch, put: next }: { readonly patch: object; readonly put: object },
): Promise<number> {
  const whole = await get(cluster, path);
  expect(await get(cluster, `${path}/status`)).toEqual(whole);
  const patched = await merge(cluster, `${path}/status`, { status: patch });
  expect(patched['status']).toMatchObject(patch);
  expect(patched['spec']).toEqual(whole['spec']);
  const replaced = await put(cluster, `${path}/status`, {
    ...patched,
    status: { ...(patched['status'] as object), ...next },
  });
  expect(replaced['status']).toMatchObject(next);
  // What the main endpoint is sent of a status is not taken.
  const untouched = await put(cluster, path, { ...replaced, status: {} });
  expect(untouched['status']).toEqual(replaced['status']);
  return 2;
}
