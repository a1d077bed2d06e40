import { formatAPIVersion } from '../../../apimachinery/meta.ts';
import type { ResourceInfo, SubresourceInfo } from '../kind-table.ts';
import { lookupSchema, SCHEMA_KINDS } from '../schema/schema.ts';
import { customSchemaName, listKindOf, REFERRED_BY_CUSTOM } from './custom-schemas.ts';

type JSONObject = Record<string, unknown>;

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A kind, and how documents name its schemas. */
interface Documented extends Kind {
  readonly schema: string | undefined;
  readonly listSchema: string | undefined;
  readonly patchTypes: readonly string[];
}

const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';
const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  STRATEGIC_MERGE_PATCH,
];
const MEDIA_TYPES = ['application/json', 'application/yaml'];

/** Query parameters of each verb. */
const DRY_RUN = ['dryRun', 'fieldManager', 'fieldValidation', 'pretty'];
const LIST = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'pretty',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
const DELETE = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'pretty', 'propagationPolicy'];
const BOOLEANS = new Set([
  'allowWatchBookmarks',
  'force',
  'orphanDependents',
  'sendInitialEvents',
  'watch',
]);
const INTEGERS = new Set(['gracePeriodSeconds', 'limit', 'timeoutSeconds']);

/** The REST paths of one resource, as far as clients look into the document for them. */
export function documentPaths(info: ResourceInfo): Record<string, JSONObject> {
  const root = `${info.group === '' ? '/api' : '/apis'}/${formatAPIVersion(info.group, info.version)}`;
  const base = info.namespaced ? `${root}/namespaces/{namespace}` : root;
  const collection = `${base}/${info.resource}`;
  const item = `${collection}/{name}`;
  const kind = documented(info, info);
  const parameters = info.namespaced ? [pathParameter('namespace')] : [];
  const named = [pathParameter('name'), ...parameters];
  const paths: Record<string, JSONObject> = {
    [collection]: pathItem(parameters, collectionOperations(kind, info.verbs)),
    [item]: pathItem(named, itemOperations(kind, info.verbs)),
  };
  if (info.namespaced && info.verbs.includes('list')) {
    paths[`${root}/${info.resource}`] = pathItem([], { get: operation('list', kind, LIST) });
  }
  for (const sub of info.subresources) {
    paths[`${item}/${sub.name}`] = pathItem(
      named,
      subresourceOperations(documented(sub, info), sub),
    );
  }
  return paths;
}

/** Names of the schemas that the paths of a resource refer to. */
export function referredSchemas(info: ResourceInfo): string[] {
  const kinds = [info, ...info.subresources].map((kind) => documented(kind, info));
  const names = [...kinds.map((kind) => kind.schema), kinds[0]?.listSchema];
  return [
    ...names.filter((name) => name !== undefined),
    ...(info.custom === undefined ? [] : REFERRED_BY_CUSTOM),
  ];
}

/** One of the kinds that a resource and its subresources take. */
function documented({ group, version, kind }: Kind, info: ResourceInfo): Documented {
  const isOwn = group === info.group && version === info.version && kind === info.kind;
  if (info.custom === undefined) {
    const schema = schemaOf({ group, version, kind });
    const listSchema = isOwn ? `${info.schema}List` : undefined;
    return { group, version, kind, schema, listSchema, patchTypes: PATCH_TYPES };
  }
  return {
    group,
    version,
    kind,
    schema: isOwn ? customSchemaName(info) : schemaOf({ group, version, kind }),
    listSchema: isOwn ? customSchemaName(info, listKindOf(info)) : undefined,
    patchTypes: PATCH_TYPES.filter((type) => type !== STRATEGIC_MERGE_PATCH),
  };
}

const pathItem = (parameters: readonly JSONObject[], operations: JSONObject): JSONObject => ({
  ...operations,
  ...(parameters.length === 0 ? {} : { parameters }),
});

function collectionOperations(kind: Documented, verbs: readonly string[]): JSONObject {
  return {
    ...(verbs.includes('list') ? { get: operation('list', kind, LIST) } : {}),
    ...(verbs.includes('create') ? { post: operation('post', kind, DRY_RUN, MEDIA_TYPES) } : {}),
    ...(verbs.includes('deletecollection')
      ? { delete: operation('deletecollection', kind, [...LIST, ...DELETE]) }
      : {}),
  };
}

function itemOperations(kind: Documented, verbs: readonly string[]): JSONObject {
  return {
    ...(verbs.includes('get') ? { get: operation('get', kind, ['pretty']) } : {}),
    ...(verbs.includes('update') ? { put: operation('put', kind, DRY_RUN, MEDIA_TYPES) } : {}),
    ...(verbs.includes('patch')
      ? { patch: operation('patch', kind, [...DRY_RUN, 'force'], kind.patchTypes) }
      : {}),
    ...(verbs.includes('delete') ? { delete: operation('delete', kind, DELETE) } : {}),
  };
}

function subresourceOperations(kind: Documented, { verbs }: SubresourceInfo): JSONObject {
  return {
    ...itemOperations(kind, verbs),
    ...(verbs.includes('create') ? { post: operation('post', kind, DRY_RUN, MEDIA_TYPES) } : {}),
  };
}

function operation(
  action: string,
  { group, version, kind, schema: own, listSchema }: Documented,
  query: readonly string[],
  consumes: readonly string[] = [],
): JSONObject {
  const schema = action === 'list' ? listSchema : own;
  const reference =
    schema === undefined ? { type: 'object' } : { $ref: `#/components/schemas/${schema}` };
  const content = (types: readonly string[]): JSONObject =>
    Object.fromEntries(types.map((type) => [type, { schema: reference }]));
  return {
    parameters: [...new Set(query)].sort().map(queryParameter),
    ...(consumes.length === 0
      ? {}
      : { requestBody: { required: true, content: content(consumes) } }),
    responses: { '200': { description: 'OK', content: content(MEDIA_TYPES) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function queryParameter(name: string): JSONObject {
  const type = BOOLEANS.has(name) ? 'boolean' : INTEGERS.has(name) ? 'integer' : 'string';
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}

const pathParameter = (name: string): JSONObject => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', uniqueItems: true },
});

/** The schema of a kind, also of those that have no resource of their own (Scale, Binding). */
function schemaOf(kind: Kind): string | undefined {
  const known = SCHEMA_KINDS.find(
    (k) => k.group === kind.group && k.version === kind.version && k.kind === kind.kind,
  );
  if (known !== undefined) return known.schema;
  const name = `io.k8s.api.${kind.group.split('.')[0] || 'core'}.${kind.version}.${kind.kind}`;
  try {
    return lookupSchema(name).name;
  } catch {
    // The options of exec and the like are sent as query parameters and have no schema.
    return undefined;
  }
}
