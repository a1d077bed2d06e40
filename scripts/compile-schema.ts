/**
 * Makes worker/registry/schema/kubernetes.generated.json: the facts of the Kubernetes API (types,
 * formats, required, defaults, enums, list and map types, patch strategies, kinds, resources) in a
 * compact form and without a word of upstream's text.
 *
 *     node scripts/compile-schema.ts <openapi-v3-schemas.json.gz> <paths.json.gz>
 *
 * The format is described, and read, in worker/registry/schema/schema.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type {
  CompiledField,
  CompiledSchema,
  CompiledType,
} from '../worker/registry/schema/compiled.ts';

interface OpenAPISchema {
  $ref?: string;
  allOf?: OpenAPISchema[];
  type?: string;
  format?: string;
  items?: OpenAPISchema;
  properties?: Record<string, OpenAPISchema>;
  additionalProperties?: OpenAPISchema;
  required?: string[];
  default?: unknown;
  enum?: string[];
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-unions'?: unknown;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

interface Operation {
  action?: string;
  gvk?: { group: string; version: string; kind: string };
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const PREFIX = '#/components/schemas/';
/** Generally available versions of the built-in groups, and the shared meta types. */
const ROOTS = [
  /^io\.k8s\.api\.[a-z]+\.v\d+\./,
  /^io\.k8s\.apiextensions-apiserver\.pkg\.apis\.apiextensions\.v\d+\./,
  /^io\.k8s\.apimachinery\.pkg\.(apis\.meta\.v1|version)\./,
];

/** Types whose JSON form the schema cannot express, by the last parts of their names. */
const SPECIAL: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'intOrString',
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  [`${META}Time`]: 'time',
  [`${META}MicroTime`]: 'microTime',
  [`${META}Duration`]: 'duration',
  [`${META}FieldsV1`]: 'any',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'any',
};

const readGzip = (path: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(path)).toString('utf8'));

/** The type expression of a schema; collects the names of the types that it refers to. */
function expression(schema: OpenAPISchema, referred: Set<string>): string {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref !== undefined) {
    const name = ref.slice(PREFIX.length);
    const special = Object.hasOwn(SPECIAL, name) ? SPECIAL[name] : undefined;
    if (special !== undefined) return special;
    referred.add(name);
    return `#${name}`;
  }
  switch (schema.type) {
    case 'array':
      return `[]${expression(schema.items ?? {}, referred)}`;
    case 'object':
      return schema.additionalProperties === undefined
        ? 'any'
        : `{}${expression(schema.additionalProperties, referred)}`;
    case 'string':
      return schema.format === 'byte' ? 'bytes' : 'string';
    case 'integer':
      return schema.format ?? 'int64';
    case 'number':
      return 'double';
    case 'boolean':
      return 'boolean';
    default:
      return 'any';
  }
}

function compileField(
  schema: OpenAPISchema,
  required: boolean,
  referred: Set<string>,
): CompiledField {
  return {
    t: expression(schema, referred),
    ...(required ? { r: 1 as const } : {}),
    ...(schema.default === undefined ? {} : { d: schema.default }),
    ...(schema.enum === undefined ? {} : { e: schema.enum }),
    ...(schema['x-kubernetes-list-type'] === undefined
      ? {}
      : { l: schema['x-kubernetes-list-type'] }),
    ...(schema['x-kubernetes-list-map-keys'] === undefined
      ? {}
      : { k: schema['x-kubernetes-list-map-keys'] }),
    ...(schema['x-kubernetes-map-type'] === undefined
      ? {}
      : { m: schema['x-kubernetes-map-type'] }),
    ...(schema['x-kubernetes-patch-merge-key'] === undefined
      ? {}
      : { pk: schema['x-kubernetes-patch-merge-key'] }),
    ...(schema['x-kubernetes-patch-strategy'] === undefined
      ? {}
      : { ps: schema['x-kubernetes-patch-strategy'] }),
  };
}

function compileType(schema: OpenAPISchema, referred: Set<string>): CompiledType {
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, compileField(property, required.has(name), referred)] as const,
  );
  const kinds = schema['x-kubernetes-group-version-kind'];
  return {
    ...(schema.properties === undefined
      ? { t: expression(schema, referred) }
      : { f: Object.fromEntries(fields) }),
    ...(schema['x-kubernetes-map-type'] === undefined
      ? {}
      : { m: schema['x-kubernetes-map-type'] }),
    ...(schema['x-kubernetes-unions'] === undefined ? {} : { u: schema['x-kubernetes-unions'] }),
    // The options of requests are registered in every group; that says nothing about them.
    ...(kinds?.length === 1 && kinds[0] !== undefined
      ? { g: [kinds[0].group, kinds[0].version, kinds[0].kind] as const }
      : {}),
  };
}

/** Resources from the REST paths: what is at `/{plural}` and `/{plural}/{name}/{subresource}`. */
function compileResources(
  paths: Record<string, Record<string, Operation>>,
): CompiledSchema['resources'] {
  const resources: Record<string, CompiledSchema['resources'][number]> = {};
  const shape =
    /^\/(?:api|apis\/([^/]+))\/(v\d+)\/(namespaces\/\{namespace\}\/)?([a-z]+)(?:\/\{name\}(?:\/([a-z]+))?)?$/;
  for (const [path, operations] of Object.entries(paths)) {
    const [, group = '', version = '', scope, resource = '', subresource] = shape.exec(path) ?? [];
    const gvk = Object.values(operations).find((o) => o.gvk !== undefined)?.gvk;
    if (resource === '' || gvk === undefined || path.includes('/watch/')) continue;
    const key = `${resource}.${group}/${version}`;
    const entry = (resources[key] ??= {
      group,
      version,
      resource,
      kind: '',
      namespaced: false,
      subresources: [],
    });
    if (scope !== undefined) entry.namespaced = true;
    if (subresource === undefined) entry.kind = gvk.kind;
    else entry.subresources.push(subresource);
  }
  return Object.values(resources).filter((r) => r.kind !== '');
}

function compile(
  schemas: Record<string, OpenAPISchema>,
  paths: Record<string, Record<string, Operation>>,
): CompiledSchema {
  const queue = Object.keys(schemas).filter((name) => ROOTS.some((root) => root.test(name)));
  const compiled = new Map<string, CompiledType>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`schema ${name} is missing`);
    if (compiled.has(name) || Object.hasOwn(SPECIAL, name)) continue;
    const referred = new Set<string>();
    compiled.set(name, compileType(schema, referred));
    queue.push(...referred);
  }
  const resources = compileResources(paths);
  nameKinds(compiled, resources);
  const sorted = [...compiled].sort(([a], [b]) => (a < b ? -1 : 1));
  return { types: Object.fromEntries(sorted), resources };
}

/** The published schema leaves the kinds of extension servers without their names. */
function nameKinds(
  compiled: Map<string, CompiledType>,
  resources: CompiledSchema['resources'],
): void {
  const named = new Set([...compiled.values()].flatMap(({ g }) => (g ? [g.join('/')] : [])));
  for (const { group, version, kind } of resources) {
    if (named.has([group, version, kind].join('/'))) continue;
    const suffix = `.pkg.apis.${group.split('.')[0]}.${version}.${kind}`;
    for (const [name, type] of compiled) {
      if (name.endsWith(suffix)) compiled.set(name, { ...type, g: [group, version, kind] });
    }
  }
}

const [schemasPath, pathsPath] = process.argv.slice(2);
if (schemasPath === undefined || pathsPath === undefined) {
  throw new Error('usage: compile-schema.ts <openapi-v3-schemas.json.gz> <paths.json.gz>');
}
const output = compile(
  readGzip(schemasPath) as Record<string, OpenAPISchema>,
  readGzip(pathsPath) as Record<string, Record<string, Operation>>,
);
const target = new URL('../worker/registry/schema/kubernetes.generated.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(output)}\n`);
