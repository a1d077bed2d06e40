import descriptions from '#descriptions';
import { descriptionsFrom } from '../../registry/openapi/descriptions.ts';
import { openAPIV3Document, openAPIV3Index } from '../../registry/openapi/document.ts';
import { ENDPOINTS } from '../../registry/resource-table.ts';

interface Rendered {
  readonly text: string;
  readonly etag: string;
}

/** Documents do not change while the Worker lives: each is rendered at its first request. */
const rendered = new Map<string, Promise<Rendered | null>>();
const YEAR_SECONDS = 365 * 24 * 3_600;

/**
 * `/openapi/v3` and the documents below it. Null when the path is none of them. A document that is
 * asked for by its hash may be kept for ever; every other answer is checked by its ETag.
 */
export async function openAPIEndpoint(path: string, request: Request): Promise<Response | null> {
  const match = /^\/openapi\/v3(?:\/(api|apis)(?:\/(.+))?)?\/?$/.exec(path);
  if (match === null) return null;
  const document = await documentOf(match[1], match[2]);
  if (document === null) return null;
  const hash = new URL(request.url).searchParams.get('hash');
  const headers = new Headers({ ETag: `"${document.etag}"`, Vary: 'Accept' });
  if (hash !== null) headers.set('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`);
  if (request.headers.get('If-None-Match') === `"${document.etag}"`) {
    return new Response(null, { status: 304, headers });
  }
  headers.set('Content-Type', 'application/json');
  return new Response(document.text, { headers });
}

function documentOf(root: string | undefined, rest: string | undefined): Promise<Rendered | null> {
  const key = `${root ?? ''}/${rest ?? ''}`;
  let document = rendered.get(key);
  if (document === undefined) {
    document = render(root, rest);
    // Only what exists is kept, so that guesses of clients take no memory.
    void document.then(
      (made) => made !== null && rendered.set(key, document ?? Promise.resolve(made)),
    );
  }
  return document;
}

async function render(root: string | undefined, rest = ''): Promise<Rendered | null> {
  if (root === undefined) {
    return withETag(openAPIV3Index(ENDPOINTS, await contentHash()));
  }
  const [first = '', second] = rest.split('/');
  const [group, version] = root === 'api' ? ['', first] : [first, second ?? ''];
  const describe = descriptionsFrom(descriptions);
  const document = openAPIV3Document(ENDPOINTS, group, version, describe);
  return document === undefined ? null : withETag(document);
}

/** One name for what all documents say, so that a client never keeps one that has changed. */
async function contentHash(): Promise<string> {
  const { paths } = openAPIV3Index(ENDPOINTS, '') as { paths: Record<string, unknown> };
  const documents = await Promise.all(
    Object.keys(paths).map((path) => {
      const slash = path.indexOf('/');
      return documentOf(path.slice(0, slash), path.slice(slash + 1));
    }),
  );
  return (await withETag(documents.map((document) => document?.etag))).etag;
}

async function withETag(document: object): Promise<Rendered> {
  const text = JSON.stringify(document);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const etag = [...new Uint8Array(digest).subarray(0, 16)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return { text, etag };
}
