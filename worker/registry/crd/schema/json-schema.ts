/** One rule of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** apiextensions.k8s.io/v1 JSONSchemaProps: the schema that a definition gives one of its versions. */
export interface JSONSchema {
  readonly id?: string;
  readonly $schema?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly externalDocs?: object;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly multipleOf?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: JSONSchema | readonly JSONSchema[];
  readonly additionalItems?: JSONSchema | boolean;
  readonly properties?: Readonly<Record<string, JSONSchema>>;
  readonly additionalProperties?: JSONSchema | boolean;
  readonly patternProperties?: Readonly<Record<string, JSONSchema>>;
  readonly definitions?: Readonly<Record<string, JSONSchema>>;
  readonly dependencies?: Readonly<Record<string, JSONSchema | readonly string[]>>;
  readonly allOf?: readonly JSONSchema[];
  readonly anyOf?: readonly JSONSchema[];
  readonly oneOf?: readonly JSONSchema[];
  readonly not?: JSONSchema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

export const preservesUnknownFields = (schema: JSONSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true;
export const isIntOrString = (schema: JSONSchema): boolean =>
  schema['x-kubernetes-int-or-string'] === true;
export const isEmbeddedResource = (schema: JSONSchema): boolean =>
  schema['x-kubernetes-embedded-resource'] === true;
export const rulesOf = (schema: JSONSchema): readonly ValidationRule[] =>
  schema['x-kubernetes-validations'] ?? [];

/** What apiVersion, kind and metadata are in every resource, at the root and embedded. */
export const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The schema of a named property; undefined where none is declared under the name. */
export function propertyOf(schema: JSONSchema | undefined, name: string): JSONSchema | undefined {
  const { properties } = schema ?? {};
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** The schema of properties that have no name; undefined where anything, or nothing, is let in. */
export function additionalOf(schema: JSONSchema | undefined): JSONSchema | undefined {
  const additional = schema?.additionalProperties;
  return typeof additional === 'object' ? additional : undefined;
}

/** The schema of a field: of its name, else of additional properties. */
export const fieldOf = (schema: JSONSchema | undefined, name: string): JSONSchema | undefined =>
  propertyOf(schema, name) ?? additionalOf(schema);

/** The schema of list items. A list of schemas is refused in definitions, and so nothing here. */
export function itemsOf(schema: JSONSchema | undefined): JSONSchema | undefined {
  const items = schema?.items;
  return items === undefined || isSchemaList(items) ? undefined : items;
}

export const isSchemaList = (
  items: JSONSchema | readonly JSONSchema[],
): items is readonly JSONSchema[] => Array.isArray(items);

/** A schema as the root of a resource, where metadata is known whatever it says. */
export const asResourceRoot = (schema: JSONSchema | undefined): JSONSchema => ({
  ...schema,
  'x-kubernetes-embedded-resource': true,
});

/** Whether a schema, or one below it, has something. Looks into all that JSON Schema can nest. */
export function someSchema(schema: JSONSchema, test: (schema: JSONSchema) => boolean): boolean {
  return test(schema) || childSchemas(schema).some((child) => someSchema(child, test));
}

/** The schemas directly below one. */
export function childSchemas(schema: JSONSchema): JSONSchema[] {
  const isSchema = (value: unknown): value is JSONSchema =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  return [
    ...(schema.items === undefined ? [] : [schema.items].flat()),
    ...[schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => list ?? []),
    ...Object.values(schema.properties ?? {}),
    ...Object.values(schema.patternProperties ?? {}),
    ...Object.values(schema.definitions ?? {}),
    ...Object.values(schema.dependencies ?? {}),
    schema.not,
    schema.additionalProperties,
    schema.additionalItems,
  ].filter(isSchema);
}
