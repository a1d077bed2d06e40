import { requireSelectable } from '../../registry/rest/attributes.ts';
import { addressOf, scopeOf, storeOf, type ApiContext } from '../api-context.ts';
import { listNamespaces, newestRevision } from '../namespaces.ts';
import { negotiateForm } from '../negotiate.ts';
import { eventWriter } from '../watch/event-writer.ts';
import { MergedFeed } from '../watch/merged-feed.ts';
import { ResponseOutput, SocketOutput } from '../watch/watch-output.ts';
import { StoreFeed } from '../watch/store-feed.ts';
import { parseWatchOptions } from '../watch/watch-options.ts';
import { WatchStream } from '../watch/watch-stream.ts';

/** GET with `watch`: events until the client leaves or the timeout comes. */
export async function watchHandler(context: ApiContext): Promise<Response> {
  const { env, cluster, query, resource, info } = context;
  const options = parseWatchOptions(query, Math.random());
  requireSelectable(resource, options.fieldSelector);
  const form = negotiateForm(context.request.headers.get('Accept'), { isStream: true });
  const isEverywhere = resource.namespaced && info.namespace === '';
  if (isEverywhere) await context.gate.decide();
  const after = options.after === 'now' ? await presentRevision(context) : options.after;
  const writer = eventWriter(env, form, resource, query);
  const output =
    context.request.headers.get('Upgrade')?.toLowerCase() === 'websocket'
      ? new SocketOutput(form.encoding)
      : new ResponseOutput(writer.contentType);
  const stream = new WatchStream(writer, output, { ...options, after });
  const address = addressOf(context);
  const request = {
    ...address,
    labelSelector: options.labelSelector,
    fieldSelector: fieldSelectorOf(context, options.fieldSelector),
    after,
  };
  const feed = isEverywhere
    ? await MergedFeed.open(env, cluster, request, stream)
    : await StoreFeed.open(env, request, stream);
  stream.run(() => feed.close());
  return output.response;
}

/** A revision that everything acknowledged before this request is at or below. */
async function presentRevision(context: ApiContext): Promise<number> {
  const { env, cluster, resource, info } = context;
  if (resource.namespaced && info.namespace === '') {
    return newestRevision(env, cluster, await listNamespaces(env, cluster));
  }
  const scope = scopeOf(context);
  return storeOf(env, scope).currentRevision(scope);
}

/** A watch of a single name, in the old form of the URL, is a field selector. */
function fieldSelectorOf(context: ApiContext, fieldSelector: string): string {
  const { name } = context.info;
  if (name === '') return fieldSelector;
  const byName = `metadata.name=${name}`;
  return fieldSelector === '' ? byName : `${byName},${fieldSelector}`;
}
