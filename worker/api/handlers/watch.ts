import { groupResource } from '../../../apimachinery/object-key.ts';
import { scopeOf, type ApiContext } from '../api-context.ts';
import { negotiateForm } from '../negotiate.ts';
import { eventWriter } from '../watch/event-writer.ts';
import { MergedFeed } from '../watch/merged-feed.ts';
import { StoreFeed } from '../watch/store-feed.ts';
import { parseWatchOptions } from '../watch/watch-options.ts';
import { WatchStream } from '../watch/watch-stream.ts';

/** GET with `watch`: events until the client leaves or the timeout comes. */
export async function watchHandler(context: ApiContext): Promise<Response> {
  const { env, cluster, query, resource, info } = context;
  const options = parseWatchOptions(query, Math.random());
  const form = negotiateForm(context.request.headers.get('Accept'));
  const stream = new WatchStream(eventWriter(form, resource, query), options);
  const request = {
    resource: groupResource(resource.group, resource.resource),
    labelSelector: options.labelSelector,
    fieldSelector: fieldSelectorOf(context, options.fieldSelector),
    after: options.after,
  };
  const feed =
    resource.namespaced && info.namespace === ''
      ? await MergedFeed.open(env, cluster, request, stream)
      : await StoreFeed.open(env, { ...request, scope: scopeOf(context) }, stream);
  stream.run(() => feed.close());
  return stream.response;
}

/** A watch of a single name, in the old form of the URL, is a field selector. */
function fieldSelectorOf(context: ApiContext, fieldSelector: string): string {
  const { name } = context.info;
  if (name === '') return fieldSelector;
  const byName = `metadata.name=${name}`;
  return fieldSelector === '' ? byName : `${byName},${fieldSelector}`;
}
