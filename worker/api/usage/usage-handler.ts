import { formatAPIVersion, type KubernetesObject } from '../../../apimachinery/meta.ts';
import type { NodeUsage, PodUsage } from '../../../apimachinery/node-usage.ts';
import { newNotFound } from '../../../apimachinery/status-error.ts';
import { requireSelectable } from '../../registry/rest/attributes.ts';
import { nodeMetrics, podMetrics } from '../../registry/usage/usage-objects.ts';
import { METRICS_GROUP } from '../../registry/usage/usage-resources.ts';
import { storeOf, type ApiContext } from '../api-context.ts';
import { parseListOptions } from '../list-options.ts';
import { listWriter, separatorFor } from '../list-writer.ts';
import { listNamespaces } from '../namespaces.ts';
import { negotiateForm } from '../negotiate.ts';
import { objectResponse } from '../object-response.ts';
import { textOf } from '../text-of.ts';
import { unwrap } from '../unwrap.ts';
import { sampleNodes } from './sample-nodes.ts';

interface Selectors {
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

const NO_SELECTORS: Selectors = { labelSelector: '', fieldSelector: '' };

/** Namespaces' stores asked at a time. */
const STORES_AT_A_TIME = 50;

/**
 * `metrics.k8s.io`: what nodes and pods use at the moment. The agents of the nodes concerned are
 * asked; what does not answer in time is left out, as metrics-server leaves out what it could not
 * scrape.
 */
export async function usageHandler(context: ApiContext): Promise<Response> {
  // Several stores and nodes are asked, none of which knows whether the user may.
  await context.gate.decide();
  return context.info.verb === 'list' ? listUsage(context) : getUsage(context);
}

async function listUsage(context: ApiContext): Promise<Response> {
  const { resource, env, query, info } = context;
  const options = parseListOptions(query);
  requireSelectable(resource, options.fieldSelector);
  const form = negotiateForm(withoutProtobuf(context.request.headers.get('Accept')));
  const namespaces = resource.namespaced ? await namespacesOf(context) : [''];
  const objects: KubernetesObject[] = [];
  for (let i = 0; i < namespaces.length; i += STORES_AT_A_TIME) {
    const asked = namespaces.slice(i, i + STORES_AT_A_TIME);
    const lists = await Promise.all(
      asked.map((namespace) => listStored(context, namespace, info.resource, options)),
    );
    objects.push(...lists.flat());
  }
  const usages = await usagesOf(context, objects);
  const texts = usages.map((usage) => JSON.stringify(usage));
  const writer = listWriter(env, form, resource, query);
  return writer(
    {
      apiVersion: formatAPIVersion(resource.group, resource.version),
      kind: `${resource.kind}List`,
    },
    {},
    one(texts.join(separatorFor(form, resource))),
  );
}

async function getUsage(context: ApiContext): Promise<Response> {
  const { env, info, resource, cluster, request } = context;
  const scope = { cluster, namespace: resource.namespaced ? info.namespace : '' };
  const answer = await storeOf(env, scope).get({ scope, resource: info.resource, name: info.name });
  const object = JSON.parse(unwrap(answer).object) as KubernetesObject;
  const [usage] = await usagesOf(context, [object]);
  if (usage === undefined) {
    const name = resource.namespaced ? `${info.namespace}/${info.name}` : info.name;
    throw newNotFound({ group: METRICS_GROUP, resource: resource.kind.toLowerCase() }, name);
  }
  const accept = withoutProtobuf(request.headers.get('Accept'));
  return objectResponse(context, JSON.stringify(usage), 200, [], accept);
}

async function namespacesOf({ env, cluster, info }: ApiContext): Promise<readonly string[]> {
  return info.namespace === '' ? (await listNamespaces(env, cluster)).names : [info.namespace];
}

async function listStored(
  { env, cluster }: ApiContext,
  namespace: string,
  resource: string,
  { labelSelector, fieldSelector }: Selectors = NO_SELECTORS,
): Promise<KubernetesObject[]> {
  const scope = { cluster, namespace };
  const { body } = unwrap(
    await storeOf(env, scope).list({
      scope,
      resource,
      labelSelector,
      fieldSelector,
      limit: 0,
      after: '',
      separator: '\n',
    }),
  );
  return (await textOf(body))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as KubernetesObject);
}

/** Metrics of the objects that there are some of, in their order. */
async function usagesOf(
  { env, cluster, resource }: ApiContext,
  objects: readonly KubernetesObject[],
): Promise<KubernetesObject[]> {
  const nodeOf = resource.namespaced
    ? nodeOfPod
    : ({ metadata }: KubernetesObject) => metadata.name;
  const nodes = new Set(
    objects.map((object) => nodeOf(object) ?? '').filter((name) => name !== ''),
  );
  const usages = await sampleNodes(env, cluster, [...nodes]);
  const now = Date.now();
  if (!resource.namespaced) {
    return objects.flatMap((node) => {
      const usage = usages.get(node.metadata.name ?? '');
      return usage === undefined ? [] : [nodeMetrics(node, usage, now)];
    });
  }
  const podsByNode = new Map([...usages].map(([node, usage]) => [node, podsByUID(usage)]));
  return objects.flatMap((pod) => {
    // Only the node that a pod is bound to can tell what it uses.
    const usage = podsByNode.get(nodeOfPod(pod) ?? '')?.get(pod.metadata.uid ?? '');
    return usage === undefined ? [] : [podMetrics(pod, usage, now)];
  });
}

const nodeOfPod = ({ spec }: KubernetesObject): string | undefined =>
  (spec as { nodeName?: string } | undefined)?.nodeName;

const podsByUID = ({ pods }: NodeUsage): Map<string, PodUsage> =>
  new Map(pods.map((usage) => [usage.uid, usage]));

/** metrics-server's objects have a form in protobuf, which no client needs: JSON is always taken, too. */
function withoutProtobuf(accept: string | null): string | null {
  const kept = (accept ?? '')
    .split(',')
    .filter((range) => !range.trim().startsWith('application/vnd.kubernetes.protobuf'))
    .join(',');
  return kept.trim() === '' && accept !== null && accept.trim() !== '' ? 'application/json' : kept;
}

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value;
}
