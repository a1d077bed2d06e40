import descriptions from '#descriptions';
import type { ResourceInfo } from '../registry/kind-table.ts';
import { descriptionsFrom } from '../registry/openapi/descriptions.ts';
import { openAPIV2Document } from '../registry/openapi/document-v2.ts';
import { groupVersionPaths, openAPIV3Document } from '../registry/openapi/document.ts';
import { encodeSwagger } from '../registry/openapi/encode-v2.ts';
import type { Catalog } from './catalog.ts';
import { VERSION_INFO } from './version.ts';

/** A document as it goes out. */
export interface Rendered {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly etag: string;
}

/** Documents with custom resources in them that an isolate holds; built-in ones are held all. */
const MAX_CUSTOM = 16;

const describe = descriptionsFrom(descriptions);
const builtIn = new Map<string, Rendered>();
const custom = new Map<string, Rendered>();

/**
 * `GET /openapi/v3/api/v1` and its like; null when nothing of the group version is served.
 *
 * @param root `api/v1`, `apis/apps/v1`.
 */
export async function groupVersionDocument(
  catalog: Catalog,
  root: string,
): Promise<Rendered | null> {
  const endpoints = endpointsAt(catalog.endpoints, root);
  const [first] = endpoints;
  if (first === undefined) return null;
  const isCustom = endpoints.some((info) => info.custom !== undefined);
  return remembered(catalog, isCustom, root, () =>
    jsonDocument(openAPIV3Document(endpoints, first.group, first.version, describe) ?? {}),
  );
}

/** `GET /openapi/v3`. Each document is named by its content, so that clients may keep what they have. */
export async function indexDocument(catalog: Catalog): Promise<Rendered> {
  return remembered(catalog, catalog.definitions.size > 0, 'index', async () => {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const root of groupVersionPaths(catalog.endpoints)) {
      const document = await groupVersionDocument(catalog, root);
      if (document === null) continue;
      paths[root] = { serverRelativeURL: `/openapi/v3/${root}?hash=${document.etag}` };
    }
    return jsonDocument({ paths });
  });
}

/** `GET /openapi/v2`, as JSON or in protobuf. */
export async function swaggerDocument(
  catalog: Catalog,
  form: 'json' | 'protobuf',
): Promise<Rendered> {
  return remembered(catalog, catalog.definitions.size > 0, `v2/${form}`, () => {
    const document = openAPIV2Document(catalog.endpoints, VERSION_INFO.gitVersion, describe);
    return form === 'json'
      ? jsonDocument(document)
      : rendered(
          encodeSwagger(document),
          'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
        );
  });
}

function endpointsAt(endpoints: readonly ResourceInfo[], root: string): ResourceInfo[] {
  const [kind, first = '', second] = root.split('/');
  const [group, version] = kind === 'api' ? ['', first] : [first, second ?? ''];
  if (kind === 'api' ? second !== undefined : second === undefined) return [];
  return endpoints.filter((info) => info.group === group && info.version === version);
}

/** Results are kept, never promises: those belong to the request that made them. */
async function remembered(
  catalog: Catalog,
  isCustom: boolean,
  name: string,
  render: () => Promise<Rendered>,
): Promise<Rendered> {
  const [map, key] = isCustom ? [custom, `${catalog.revision}/${name}`] : [builtIn, name];
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = await render();
  map.set(key, made);
  for (const old of custom.keys()) {
    if (custom.size <= MAX_CUSTOM) break;
    custom.delete(old);
  }
  return made;
}

const jsonDocument = (document: object): Promise<Rendered> =>
  rendered(JSON.stringify(document), 'application/json');

async function rendered(body: string | Uint8Array, contentType: string): Promise<Rendered> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return { body, contentType, etag: await contentHash(bytes) };
}

/** Half of a SHA-256, in hexadecimal. */
export async function contentHash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest).subarray(0, 16)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
