import {
  isEmbeddedResource,
  isIntOrString,
  preservesUnknownFields,
  type JSONSchema,
} from '../crd/schema/json-schema.ts';
import type { ResourceInfo } from '../kind-table.ts';
import type { DescriptionSource } from './descriptions.ts';
import { structuralV2 } from './structural-v2.ts';

type JSONObject = Record<string, unknown>;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Schemas that those of custom resources refer to. */
export const REFERRED_BY_CUSTOM: readonly string[] = [`${META}.ObjectMeta`, `${META}.ListMeta`];

/** What a schema is published for: `v2` leaves out what readers of Swagger 2.0 would get wrong. */
interface Publication {
  readonly form: 'v2' | 'v3';
  readonly describe: DescriptionSource;
}

/** A built-in type whose apiVersion, kind and metadata are described as they are everywhere. */
const DESCRIBED = 'io.k8s.api.core.v1.Pod';
const DESCRIBED_LIST = 'io.k8s.api.core.v1.PodList';

/** What a version of a custom resource is called in documents: `com.example.v1.Widget`. */
export const customSchemaName = (info: ResourceInfo, kind = info.kind): string =>
  [...info.group.split('.').reverse(), info.version, kind].join('.');

export const listKindOf = (info: ResourceInfo): string => info.listKind ?? `${info.kind}List`;

/**
 * The schemas of a custom resource and of its list, for `components.schemas` of an OpenAPI v3
 * document.
 */
export function customSchemas(
  info: ResourceInfo,
  publication: Publication,
): Record<string, JSONObject> {
  const name = customSchemaName(info);
  return {
    [name]: kindSchema(info, publication),
    [customSchemaName(info, listKindOf(info))]: listSchema(info, name, publication.describe),
  };
}

function kindSchema(info: ResourceInfo, publication: Publication): JSONObject {
  const declared = info.custom?.definitionSchema;
  const schema =
    publication.form === 'v2' && declared !== undefined ? structuralV2(declared) : declared;
  return {
    // A schema that names three properties would make kubectl refuse all others.
    ...(schema === undefined ? { type: 'object' } : resourceSchema(schema, publication)),
    'x-kubernetes-group-version-kind': groupVersionKinds(info, info.kind),
  };
}

function resourceSchema(schema: JSONSchema, publication: Publication): JSONObject {
  const published = publishedSchema(schema, publication);
  const properties = published['properties'] as JSONObject | undefined;
  return {
    ...published,
    properties: { ...properties, ...typeMeta(DESCRIBED, publication.describe) },
  };
}

function listSchema(info: ResourceInfo, item: string, describe: DescriptionSource): JSONObject {
  const kind = listKindOf(info);
  return {
    description: `${kind} is a list of ${info.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta(DESCRIBED_LIST, describe, 'ListMeta'),
      items: {
        description: `List of ${info.resource}.`,
        type: 'array',
        items: { $ref: `#/components/schemas/${item}` },
      },
    },
    'x-kubernetes-group-version-kind': groupVersionKinds(info, kind),
  };
}

const groupVersionKinds = ({ group, version }: ResourceInfo, kind: string): JSONObject[] => [
  { group, kind, version },
];

function typeMeta(
  described: string,
  describe: DescriptionSource,
  metadata: 'ObjectMeta' | 'ListMeta' = 'ObjectMeta',
): Record<'apiVersion' | 'kind' | 'metadata', JSONObject> {
  const description = (field: string): JSONObject => {
    const text = describe(described, field);
    return text === undefined ? {} : { description: text };
  };
  return {
    apiVersion: { type: 'string', ...description('apiVersion') },
    kind: { type: 'string', ...description('kind') },
    metadata: {
      allOf: [{ $ref: `#/components/schemas/${META}.${metadata}` }],
      ...description('metadata'),
    },
  };
}

/** A declared schema as it is published: what its extensions mean to the API server is spelled out. */
function publishedSchema(schema: JSONSchema, publication: Publication): JSONObject {
  const { items, properties, additionalProperties: additional, ...rest } = schema;
  const child = (value: JSONSchema): JSONObject => publishedSchema(value, publication);
  const published: JSONObject = {
    ...rest,
    ...(isIntOrString(schema) ? integerOrString(schema) : {}),
    ...(items === undefined ? {} : { items: child(items as JSONSchema) }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, child) }),
    ...(additional === undefined
      ? {}
      : { additionalProperties: typeof additional === 'object' ? child(additional) : additional }),
  };
  return isEmbeddedResource(schema) ? embedded(published, schema, publication) : published;
}

/** Says that a value is one of two types, unless the schema says so itself. */
function integerOrString({ anyOf, allOf }: JSONSchema): JSONObject {
  const either: JSONSchema[] = [{ type: 'integer' }, { type: 'string' }];
  const isEither = (list: readonly JSONSchema[] | undefined): boolean =>
    JSON.stringify(list?.map(({ type }) => ({ type }))) === JSON.stringify(either);
  if (isEither(anyOf) || isEither(allOf?.[0]?.anyOf)) return {};
  return anyOf === undefined ? { anyOf: either } : { allOf: [{ anyOf: either }, ...(allOf ?? [])] };
}

/** A resource in a resource. Where anything goes, naming fields would make kubectl refuse others. */
function embedded(
  published: JSONObject,
  schema: JSONSchema,
  { form, describe }: Publication,
): JSONObject {
  if (form === 'v2' && preservesUnknownFields(schema)) return published;
  return {
    ...published,
    properties: { ...(published['properties'] as JSONObject), ...typeMeta(DESCRIBED, describe) },
    required: [...new Set([...(schema.required ?? []), 'kind', 'apiVersion'])],
  };
}

const mapValues = <T, U>(
  map: Readonly<Record<string, T>>,
  convert: (value: T) => U,
): Record<string, U> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, convert(value)]));
