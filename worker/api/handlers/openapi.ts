import type { Catalog } from '../catalog.ts';
import { conditionalResponse } from '../conditional-response.ts';
import { negotiateSwagger } from '../negotiate.ts';
import {
  groupVersionDocument,
  indexDocument,
  swaggerDocument,
  type Rendered,
} from '../openapi-documents.ts';

const YEAR_SECONDS = 365 * 24 * 3_600;

/**
 * `/openapi/v2`, `/openapi/v3` and the documents below it. Null when the path is none of them. A
 * document that is asked for by its hash may be kept for ever; every other answer is checked by its
 * ETag.
 */
export async function openAPIEndpoint(
  catalog: Catalog,
  path: string,
  request: Request,
): Promise<Response | null> {
  if (path === '/openapi/v2') {
    const form = negotiateSwagger(request.headers.get('Accept'));
    return answer(request, await swaggerDocument(catalog, form));
  }
  const match = /^\/openapi\/v3(?:\/(.+))?$/.exec(path);
  if (match === null) return null;
  const root = match[1];
  if (root === undefined) return answer(request, await indexDocument(catalog));
  const document = await groupVersionDocument(catalog, root);
  return document === null ? null : answer(request, document);
}

function answer(request: Request, document: Rendered): Response {
  const headers = new Headers({ 'Content-Type': document.contentType });
  const url = new URL(request.url);
  const hash = url.searchParams.get('hash');
  if (hash !== null) {
    if (hash !== document.etag) {
      // The client has an older index: what it names by another content is not to be kept as that.
      const target = `${url.pathname}?hash=${document.etag}`;
      return new Response(null, { status: 301, headers: { Location: target } });
    }
    headers.set('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`);
  }
  return conditionalResponse(request, document.etag, headers, document.body);
}
