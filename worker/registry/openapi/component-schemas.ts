import type { CompiledField, CompiledType } from '../schema/compiled.ts';
import { COMPILED } from '../schema/schema.ts';
import type { DescriptionSource } from './descriptions.ts';

type JSONObject = Record<string, unknown>;

const PREFIX = '#/components/schemas/';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Types that the compiled form writes as words: their names and OpenAPI schemas. */
const WORDS: Readonly<Record<string, { readonly name: string; readonly schema: JSONObject }>> = {
  time: { name: `${META}.Time`, schema: { type: 'string', format: 'date-time' } },
  microTime: { name: `${META}.MicroTime`, schema: { type: 'string', format: 'date-time' } },
  duration: { name: `${META}.Duration`, schema: { type: 'string' } },
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
};

const SCALARS: Readonly<Record<string, JSONObject>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: { type: 'object' },
};

/** `components.schemas` of an OpenAPI v3 document: the named types, and all that they refer to. */
export function componentSchemas(
  roots: readonly string[],
  describe: DescriptionSource,
): Record<string, JSONObject> {
  const schemas: Record<string, JSONObject> = {};
  const queue = [...roots];
  const refer = (name: string): JSONObject => {
    if (!Object.hasOwn(schemas, name)) queue.push(name);
    return { $ref: `${PREFIX}${name}` };
  };
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (Object.hasOwn(schemas, name)) continue;
    const word = Object.values(WORDS).find((w) => w.name === name);
    const compiled = COMPILED.types[name];
    if (word !== undefined) schemas[name] = word.schema;
    else if (compiled !== undefined) schemas[name] = typeSchema(name, compiled, refer, describe);
  }
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Refer = (name: string) => JSONObject;

function typeSchema(
  name: string,
  compiled: CompiledType,
  refer: Refer,
  describe: DescriptionSource,
): JSONObject {
  const description = describe(name);
  const schema: JSONObject = description === undefined ? {} : { description };
  if (compiled.f === undefined) {
    Object.assign(schema, expressionSchema(compiled.t ?? 'any', refer));
  } else {
    const fields = Object.entries(compiled.f);
    const required = fields.filter(([, f]) => f.r === 1).map(([field]) => field);
    schema.type = 'object';
    if (required.length > 0) schema.required = required;
    schema.properties = Object.fromEntries(
      fields.map(([field, f]) => [field, fieldSchema(f, describe(name, field), refer)]),
    );
  }
  if (compiled.m !== undefined) schema['x-kubernetes-map-type'] = compiled.m;
  if (compiled.u !== undefined) schema['x-kubernetes-unions'] = compiled.u;
  if (compiled.g !== undefined) {
    const [group, version, kind] = compiled.g;
    schema['x-kubernetes-group-version-kind'] = [{ group, kind, version }];
  }
  return schema;
}

function fieldSchema(
  field: CompiledField,
  description: string | undefined,
  refer: Refer,
): JSONObject {
  const type = expressionSchema(field.t, refer);
  const extras: JSONObject = {
    ...(description === undefined ? {} : { description }),
    ...(field.d === undefined ? {} : { default: field.d }),
    ...(field.e === undefined ? {} : { enum: field.e }),
    ...(field.l === undefined ? {} : { 'x-kubernetes-list-type': field.l }),
    ...(field.k === undefined ? {} : { 'x-kubernetes-list-map-keys': field.k }),
    ...(field.m === undefined ? {} : { 'x-kubernetes-map-type': field.m }),
    ...(field.pk === undefined ? {} : { 'x-kubernetes-patch-merge-key': field.pk }),
    ...(field.ps === undefined ? {} : { 'x-kubernetes-patch-strategy': field.ps }),
  };
  // Nothing may stand beside a $ref, so it is wrapped as soon as there is something to say.
  return '$ref' in type ? { allOf: [type], ...extras } : { ...type, ...extras };
}

function expressionSchema(expression: string, refer: Refer): JSONObject {
  if (expression.startsWith('[]')) {
    return { type: 'array', items: itemSchema(expression.slice(2), refer) };
  }
  if (expression.startsWith('{}')) {
    return { type: 'object', additionalProperties: itemSchema(expression.slice(2), refer) };
  }
  if (expression.startsWith('#')) return refer(expression.slice(1));
  const word = Object.hasOwn(WORDS, expression) ? WORDS[expression] : undefined;
  return word === undefined ? { ...SCALARS[expression] } : refer(word.name);
}

function itemSchema(expression: string, refer: Refer): JSONObject {
  const schema = expressionSchema(expression, refer);
  return '$ref' in schema ? { allOf: [schema], default: {} } : schema;
}
