import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { Env } from '../durable/env.ts';
import { storeOf } from './api-context.ts';
import { unwrap } from './unwrap.ts';

/** The names of a cluster's namespaces in order, and the revision as of which they are all. */
export async function listNamespaces(
  env: Env,
  cluster: string,
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
      continued: false,
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
