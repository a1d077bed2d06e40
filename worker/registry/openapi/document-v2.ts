import type { ResourceInfo } from '../kind-table.ts';
import { customSchemas } from './custom-schemas.ts';
import type { DescriptionSource } from './descriptions.ts';
import { openAPIV3Document } from './document.ts';

type JSONObject = Record<string, unknown>;

const V3_PREFIX = '#/components/schemas/';
const V2_PREFIX = '#/definitions/';
/** Keywords that Swagger 2.0 does not know, or that upstream leaves out of it. */
const V3_ONLY = new Set(['oneOf', 'anyOf', 'not', 'nullable', 'default']);
/** Types that v2 shows as text, whatever else they take. */
const TEXTS: Readonly<Record<string, JSONObject>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'string', format: 'int-or-string' },
};

/** A Swagger 2.0 document, as far as clients of Kubernetes read it. */
export interface SwaggerDocument {
  swagger: '2.0';
  info: { title: string; version: string };
  paths: Record<string, JSONObject>;
  definitions: Record<string, JSONObject>;
}

/**
 * `GET /openapi/v2`: everything that is served in one Swagger 2.0 document, made of the v3 documents
 * of its group versions. kubectl up to 1.28 reads only this one.
 *
 * @param version of the server, as in `v1.36.0`.
 */
export function openAPIV2Document(
  endpoints: readonly ResourceInfo[],
  version: string,
  describe: DescriptionSource,
): SwaggerDocument {
  const paths: Record<string, JSONObject> = {};
  const definitions: Record<string, JSONObject> = {};
  for (const [group, groupVersion] of groupVersionsOf(endpoints)) {
    const document = openAPIV3Document(endpoints, group, groupVersion, describe) as {
      paths?: Record<string, JSONObject>;
      components?: { schemas: Record<string, JSONObject> };
    };
    for (const [path, item] of Object.entries(document.paths ?? {})) paths[path] = pathItem(item);
    for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
      definitions[name] ??= definition(name, schema);
    }
  }
  for (const info of endpoints) {
    if (info.custom === undefined) continue;
    for (const [name, schema] of Object.entries(customSchemas(info, { form: 'v2', describe }))) {
      definitions[name] = schemaV2(schema);
    }
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: sorted(paths),
    definitions: sorted(definitions),
  };
}

function groupVersionsOf(endpoints: readonly ResourceInfo[]): [group: string, version: string][] {
  const seen = new Map(endpoints.map((i) => [`${i.group}/${i.version}`, [i.group, i.version]]));
  return [...seen.values()] as [string, string][];
}

const sorted = (map: Record<string, JSONObject>): Record<string, JSONObject> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

function definition(name: string, schema: JSONObject): JSONObject {
  const text = Object.hasOwn(TEXTS, name) ? TEXTS[name] : undefined;
  if (text === undefined) return schemaV2(schema);
  const { description } = schema;
  return description === undefined ? text : { description, ...text };
}

/** A schema without what v2 has no word for. References may have a description beside them. */
export function schemaV2(schema: JSONObject): JSONObject {
  const result: JSONObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (V3_ONLY.has(key)) continue;
    switch (key) {
      case '$ref':
        result['$ref'] = String(value).replace(V3_PREFIX, V2_PREFIX);
        break;
      case 'allOf':
        Object.assign(result, singleReference(value));
        break;
      case 'properties':
        result['properties'] = Object.fromEntries(
          Object.entries(value as Record<string, JSONObject>).map(([n, s]) => [n, schemaV2(s)]),
        );
        break;
      case 'items':
      case 'additionalProperties':
        result[key] =
          typeof value === 'object' && value !== null ? schemaV2(value as JSONObject) : value;
        break;
      default:
        result[key] = value;
    }
  }
  return result;
}

/** v3 wraps a reference to put something beside it; other uses of allOf are validation only. */
function singleReference(allOf: unknown): JSONObject {
  const [only, ...others] = allOf as JSONObject[];
  const reference = only?.['$ref'];
  return typeof reference === 'string' && others.length === 0
    ? { $ref: reference.replace(V3_PREFIX, V2_PREFIX) }
    : {};
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch']);

function pathItem(item: JSONObject): JSONObject {
  const result: JSONObject = {};
  for (const [key, value] of Object.entries(item)) {
    if (METHODS.has(key)) result[key] = operation(value as JSONObject);
    else if (key === 'parameters') result[key] = (value as JSONObject[]).map(parameter);
    else result[key] = value;
  }
  return result;
}

interface MediaTypes {
  readonly content?: Readonly<Record<string, { readonly schema: JSONObject }>>;
  readonly required?: boolean;
}

function operation(v3: JSONObject): JSONObject {
  const { parameters = [], requestBody, responses, ...rest } = v3;
  const body = requestBody as MediaTypes | undefined;
  const ok = (responses as Record<string, MediaTypes>)['200'];
  const bodySchema = Object.values(body?.content ?? {})[0]?.schema;
  const answer = Object.values(ok?.content ?? {})[0]?.schema;
  return {
    ...(body?.content === undefined ? {} : { consumes: Object.keys(body.content) }),
    produces: Object.keys(ok?.content ?? {}),
    parameters: [
      ...(bodySchema === undefined
        ? []
        : [{ name: 'body', in: 'body', required: true, schema: schemaV2(bodySchema) }]),
      ...(parameters as JSONObject[]).map(parameter),
    ],
    responses: {
      '200': {
        description: 'OK',
        ...(answer === undefined ? {} : { schema: schemaV2(answer) }),
      },
    },
    ...rest,
  };
}

/** In v2 the type of a parameter stands in the parameter itself. */
function parameter({ schema, ...rest }: JSONObject): JSONObject {
  return { ...rest, ...(schema as JSONObject | undefined) };
}
