import { apiURL } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { sendJSON, statusMessage } from './post-json.ts';

/** Writes to the API server as the node. Throws an Error that says why it was refused. */
export function newNodeRequester(
  endpoint: Endpoint,
  nodeToken: () => Promise<string>,
): (method: 'POST' | 'DELETE', path: string, body: object) => Promise<void> {
  return async (method, path, body) => {
    const url = apiURL(endpoint, path);
    const { status, text } = await sendJSON(endpoint, method, url, await nodeToken(), body);
    // What is to be deleted may be gone already.
    if (method === 'DELETE' && status === 404) return;
    if (status < 200 || status >= 300) throw new Error(statusMessage(text));
  };
}
