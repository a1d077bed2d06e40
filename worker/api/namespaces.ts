import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { Env } from '../durable/env.ts';
import type { ListRequest } from '../durable/store/protocol.ts';
import { storeOf } from './api-context.ts';
import { unwrap } from './unwrap.ts';

/**
 * The names of a cluster's namespaces in order, at a revision or in the present, and the revision
 * as of which they are all. Namespaces made later have later revisions, and so has their content.
 *
 * @throws StatusError Expired when the revision is too old.
 */
export async function listNamespaces(
  env: Env,
  cluster: string,
  at: Pick<ListRequest, 'revision' | 'notBefore' | 'begunAt'> = {},
): Promise<{ names: string[]; revision: number }> {
  const scope = { cluster, namespace: '' };
  const { body, revision } = unwrap(
    await storeOf(env, scope).list({
      scope,
      resource: 'namespaces',
      labelSelector: '',
      fieldSelector: '',
      limit: 0,
      after: '',
      ...at,
      separator: '\n',
    }),
  );
  const text = typeof body === 'string' ? body : await new Response(body).text();
  const names = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as KubernetesObject).metadata.name ?? '');
  return { names, revision };
}

/** The newest revision of any store of a cluster, of which `namespaces` are the present ones. */
export async function newestRevision(
  env: Env,
  cluster: string,
  namespaces: { readonly names: readonly string[]; readonly revision: number },
): Promise<number> {
  const revisions = await Promise.all(
    namespaces.names.map((namespace) => {
      const scope = { cluster, namespace };
      return storeOf(env, scope).currentRevision(scope);
    }),
  );
  return Math.max(namespaces.revision, ...revisions);
}
