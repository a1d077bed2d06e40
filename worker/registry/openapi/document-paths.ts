import { formatAPIVersion } from '../../../apimachinery/meta.ts';
import type { ResourceInfo, SubresourceInfo } from '../kind-table.ts';
import { lookupSchema, SCHEMA_KINDS } from '../schema/schema.ts';

type JSONObject = Record<string, unknown>;

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
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
  const parameters = info.namespaced ? [pathParameter('namespace')] : [];
  const named = [pathParameter('name'), ...parameters];
  const paths: Record<string, JSONObject> = {
    [collection]: pathItem(parameters, collectionOperations(info)),
    [item]: pathItem(named, itemOperations(info, info.verbs)),
  };
  if (info.namespaced && info.verbs.includes('list')) {
    paths[`${root}/${info.resource}`] = pathItem([], { get: operation('list', info, LIST) });
  }
  for (const sub of info.subresources) {
    paths[`${item}/${sub.name}`] = pathItem(named, subresourceOperations(sub));
  }
  return paths;
}

/** Names of the schemas that the paths of a resource refer to. */
export function referredSchemas(info: ResourceInfo): string[] {
  const kinds = [info, ...info.subresources].map(schemaOf);
  const list = `${info.schema}List`;
  return [...kinds.filter((name) => name !== undefined), list];
}

const pathItem = (parameters: readonly JSONObject[], operations: JSONObject): JSONObject => ({
  ...operations,
  ...(parameters.length === 0 ? {} : { parameters }),
});

function collectionOperations(info: ResourceInfo): JSONObject {
  const { verbs } = info;
  return {
    ...(verbs.includes('list') ? { get: operation('list', info, LIST) } : {}),
    ...(verbs.includes('create') ? { post: operation('post', info, DRY_RUN, MEDIA_TYPES) } : {}),
    ...(verbs.includes('deletecollection')
      ? { delete: operation('deletecollection', info, [...LIST, ...DELETE]) }
      : {}),
  };
}

function itemOperations(kind: Kind, verbs: readonly string[]): JSONObject {
  return {
    ...(verbs.includes('get') ? { get: operation('get', kind, ['pretty']) } : {}),
    ...(verbs.includes('update') ? { put: operation('put', kind, DRY_RUN, MEDIA_TYPES) } : {}),
    ...(verbs.includes('patch')
      ? { patch: operation('patch', kind, [...DRY_RUN, 'force'], PATCH_TYPES) }
      : {}),
    ...(verbs.includes('delete') ? { delete: operation('delete', kind, DELETE) } : {}),
  };
}

function subresourceOperations(sub: SubresourceInfo): JSONObject {
  return {
    ...itemOperations(sub, sub.verbs),
    ...(sub.verbs.includes('create') ? { post: operation('post', sub, DRY_RUN, MEDIA_TYPES) } : {}),
  };
}

function operation(
  action: string,
  kind: Kind,
  query: readonly string[],
  consumes: readonly string[] = [],
): JSONObject {
  const { group, version } = kind;
  const schema = schemaOf(kind);
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
    'x-kubernetes-group-version-kind': { group, version, kind: kind.kind },
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
