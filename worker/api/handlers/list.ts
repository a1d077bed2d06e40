import { formatAPIVersion, type ListMeta } from '../../../apimachinery/meta.ts';
import { isExpired, StatusError } from '../../../apimachinery/status-error.ts';
import type { ListRequest, ResourceAddress } from '../../durable/store/protocol.ts';
import { addressOf, storeOf, type ApiContext } from '../api-context.ts';
import { requireSelectable } from '../../registry/rest/attributes.ts';
import { encodeContinue, type ContinueToken } from '../continue-token.ts';
import { parseListOptions, type ListOptions } from '../list-options.ts';
import { listNamespaces, newestRevision } from '../namespaces.ts';
import { negotiateForm } from '../negotiate.ts';
import { listWriter, separatorFor } from '../list-writer.ts';
import { unwrap } from '../unwrap.ts';

/** Texts of objects, in pieces, separated as asked for within and between pieces. */
type Body = string | ReadableStream<Uint8Array>;

interface ListResult {
  readonly metadata: ListMeta;
  readonly bodies: AsyncIterable<Body>;
}

/** GET on a collection. */
export async function listHandler(context: ApiContext): Promise<Response> {
  const options = parseListOptions(context.query);
  requireSelectable(context.resource, options.fieldSelector);
  const form = negotiateForm(context.request.headers.get('Accept'));
  const { resource, info } = context;
  const separator = separatorFor(form, resource);
  const isEverywhere = resource.namespaced && info.namespace === '';
  // Before any store is asked: they answer one after the other, and in the middle of an answer.
  if (isEverywhere) await context.gate.decide();
  const base = {
    ...addressOf(context),
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    separator,
  } as const;
  const over = isEverywhere ? listEverywhere : listOneStore;
  let result: ListResult;
  try {
    result = await over(context, options, base);
  } catch (error) {
    throw withFreshToken(error, options);
  }
  const writer = listWriter(context.env, form, resource, context.query);
  return writer(
    {
      apiVersion: formatAPIVersion(resource.group, resource.version),
      kind: resource.listKind ?? `${resource.kind}List`,
    },
    result.metadata,
    result.bodies,
  );
}

type Base = ResourceAddress & Pick<ListRequest, 'labelSelector' | 'fieldSelector' | 'separator'>;

async function listOneStore(
  context: ApiContext,
  options: ListOptions,
  base: Base,
): Promise<ListResult> {
  const token = options.continue;
  const answer = unwrap(
    await storeOf(context.env, base.scope).list({
      ...base,
      limit: options.limit,
      after: token?.after ?? '',
      ...revisionOf(options),
    }),
  );
  const { revision, continueAfter, remaining, body } = answer;
  return {
    metadata: listMeta(options, revision, { namespace: '', after: continueAfter }, remaining),
    bodies: one(body),
  };
}

type At = Pick<ListRequest, 'revision' | 'notBefore' | 'begunAt'>;

function revisionOf({ continue: token, exact, notBefore }: ListOptions): At {
  if (token !== null) {
    return isFresh(token) ? {} : { revision: token.revision, begunAt: token.begunAt };
  }
  if (exact !== undefined) return { revision: exact };
  return notBefore === undefined ? {} : { notBefore };
}

/** A token that goes on in the present. */
const isFresh = (token: ContinueToken) => token.revision < 0;

/**
 * Over all namespaces: every store reads at the same revision, which is one that all of them have
 * reached, so the list is one snapshot however many stores it comes from. The cluster's store is
 * one of them: which namespaces there are belongs to the snapshot.
 */
async function listEverywhere(
  context: ApiContext,
  options: ListOptions,
  base: Base,
): Promise<ListResult> {
  const { env, cluster } = context;
  const token = options.continue;
  const at = revisionOf(options);
  const revision = at.revision ?? Math.max(at.notBefore ?? 0, await newest(context));
  const { names: all } = await listNamespaces(env, cluster, { ...at, revision });
  const names = all.filter((name) => name >= (token?.namespace ?? ''));
  const request = (namespace: string, limit: number): ListRequest => ({
    ...base,
    scope: { cluster, namespace },
    limit,
    after: namespace === token?.namespace ? token.after : '',
    revision,
    ...(at.begunAt === undefined ? {} : { begunAt: at.begunAt }),
  });
  if (options.limit === 0) {
    const lists = names.map((name) => request(name, 0));
    // A revision of the client's choice may be too old, which must be known before the answer starts.
    const bodies =
      options.exact === undefined ? lazily(context, lists) : await eagerly(context, lists);
    return { metadata: { resourceVersion: String(revision) }, bodies };
  }
  return pageOverStores(context, options, names, revision, request);
}

async function newest({ env, cluster }: ApiContext): Promise<number> {
  return newestRevision(env, cluster, await listNamespaces(env, cluster));
}

const bodyOf = async (context: ApiContext, list: ListRequest): Promise<Body> =>
  unwrap(await storeOf(context.env, list.scope).list(list)).body;

async function* lazily(context: ApiContext, lists: readonly ListRequest[]): AsyncGenerator<Body> {
  for (const list of lists) yield bodyOf(context, list);
}

async function eagerly(
  context: ApiContext,
  lists: readonly ListRequest[],
): Promise<AsyncIterable<Body>> {
  return each(await Promise.all(lists.map((list) => bodyOf(context, list))));
}

/** One page, filled from as many stores as it takes. */
async function pageOverStores(
  context: ApiContext,
  options: ListOptions,
  names: readonly string[],
  revision: number,
  request: (name: string, limit: number) => ListRequest,
): Promise<ListResult> {
  const bodies: Body[] = [];
  let left = options.limit;
  let end = { namespace: '', after: '' };
  let remaining: number | undefined = 0;
  for (const [index, name] of names.entries()) {
    const list = request(name, left);
    const answer = unwrap(await storeOf(context.env, list.scope).list(list));
    const text = typeof answer.body === 'string' ? answer.body : '';
    bodies.push(text);
    left -= countTexts(text, answer.continueAfter, left);
    const later = names.slice(index + 1);
    if (answer.continueAfter === '' && (left > 0 || later.length === 0)) continue;
    end = { namespace: name, after: answer.continueAfter === '' ? LAST : answer.continueAfter };
    remaining = isFiltered(options)
      ? undefined
      : (answer.remaining ?? 0) + (await countIn(context, later, list.resource, revision));
    if (remaining === 0) end = { namespace: '', after: '' };
    break;
  }
  return { metadata: listMeta(options, revision, end, remaining), bodies: each(bodies) };
}

/** Sorts behind every name: the namespace is done, the next page begins with the one after it. */
const LAST = '\u{10ffff}';

const isFiltered = (options: ListOptions) =>
  options.labelSelector !== '' || options.fieldSelector !== '';

/** How many objects a page of one store holds. A page that goes on is full. */
function countTexts(text: string, continueAfter: string, limit: number): number {
  if (text === '') return 0;
  if (continueAfter !== '') return limit;
  return (JSON.parse(`[${text.replaceAll('\n', ',')}]`) as unknown[]).length;
}

async function countIn(
  context: ApiContext,
  names: readonly string[],
  resource: string,
  revision: number,
): Promise<number> {
  const { env, cluster } = context;
  const counts = await Promise.all(
    names.map((namespace) => {
      const scope = { cluster, namespace };
      return storeOf(env, scope).count(scope, resource, revision);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function listMeta(
  options: ListOptions,
  revision: number,
  end: { namespace: string; after: string },
  remaining: number | undefined,
): ListMeta {
  const more = end.after !== '';
  const token = options.continue;
  const begunAt = token === null || isFresh(token) ? Date.now() : token.begunAt;
  return {
    resourceVersion: String(revision),
    ...(more ? { continue: encodeContinue({ revision, begunAt, ...end }) } : {}),
    ...(more && remaining !== undefined ? { remainingItemCount: remaining } : {}),
  };
}

/** An expired token is answered with one that goes on in the present, at the price of consistency. */
function withFreshToken(error: unknown, options: ListOptions): unknown {
  if (!(error instanceof StatusError) || !isExpired(error) || options.continue === null) {
    return error;
  }
  const token = encodeContinue({ ...options.continue, revision: -1 });
  return new StatusError({ ...error.status, metadata: { continue: token } });
}

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value;
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}
