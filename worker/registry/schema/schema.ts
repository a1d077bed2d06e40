import type { CompiledField, CompiledSchema, CompiledType } from './compiled.ts';
import aggregator from './aggregator.json' with { type: 'json' };
import generated from './kubernetes.generated.json' with { type: 'json' };

/** The compiled schema of the built-in API, as data. */
export const COMPILED: CompiledSchema = withAggregator(generated as unknown as CompiledSchema);

/** The types of apiregistration.k8s.io come with another server, and are in no published schema. */
function withAggregator({ types, resources }: CompiledSchema): CompiledSchema {
  return { types: { ...types, ...(aggregator as unknown as CompiledSchema['types']) }, resources };
}

export type ScalarName =
  | 'string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'boolean'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'quantity'
  | 'intOrString';

/** The type of a field, of a list's elements, or of a map's values. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'any'; readonly schemaOr?: SchemaOr }
  | { readonly kind: 'struct'; readonly struct: StructSchema }
  | { readonly kind: 'list'; readonly element: FieldType }
  | { readonly kind: 'map'; readonly element: FieldType };

/** A JSON schema, or else something simpler, as JSON Schema has it in places. */
export interface SchemaOr {
  /** The simpler thing: whether anything goes, a list of schemas, or a list of names. */
  readonly other: 'boolean' | 'schemas' | 'strings';
  readonly schema: StructSchema;
}

const ANY: FieldType = { kind: 'any' };

const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const SCHEMA_OR: Readonly<Record<string, SchemaOr['other']>> = {
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`]: 'schemas',
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`]: 'boolean',
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`]: 'strings',
};

/** One field of a struct. Its type is resolved on first use and kept. */
export class FieldSchema {
  readonly name: string;
  readonly required: boolean;
  readonly #compiled: CompiledField;
  #type: FieldType | undefined;

  constructor(name: string, compiled: CompiledField) {
    this.name = name;
    this.required = compiled.r === 1;
    this.#compiled = compiled;
  }

  get type(): FieldType {
    this.#type ??= resolveType(this.#compiled.t);
    return this.#type;
  }

  /** The documented default, or the zero value of what is always written; undefined for none. */
  get default(): unknown {
    return this.#compiled.d;
  }

  get enum(): readonly string[] | undefined {
    return this.#compiled.e;
  }

  get listType(): string | undefined {
    return this.#compiled.l;
  }

  get listMapKeys(): readonly string[] {
    return this.#compiled.k ?? [];
  }

  get mapType(): string | undefined {
    return this.#compiled.m;
  }

  get patchMergeKey(): string | undefined {
    return this.#compiled.pk;
  }

  /** `merge`, `replace`, `retainKeys`, or two of them. */
  get patchStrategies(): readonly string[] {
    return this.#compiled.ps?.split(',') ?? [];
  }
}

/** A struct type: its fields by name, in the order of the schema. */
export class StructSchema {
  /** As in `io.k8s.api.apps.v1.DeploymentSpec`. */
  readonly name: string;
  readonly mapType: string | undefined;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly unions: unknown;

  constructor(name: string, compiled: CompiledType) {
    this.name = name;
    this.mapType = compiled.m;
    this.unions = compiled.u;
    this.fields = new Map(
      Object.entries(compiled.f ?? {}).map(([field, c]) => [field, new FieldSchema(field, c)]),
    );
  }

  /** `DeploymentSpec`. */
  get shortName(): string {
    return this.name.slice(this.name.lastIndexOf('.') + 1);
  }

  /** How Go prints the type: `v1.DeploymentSpec`. */
  get goName(): string {
    return this.name.split('.').slice(-2).join('.');
  }
}

const structs = new Map<string, StructSchema>();

/** The schema of a type by its full name. Throws an Error when there is none. */
export function lookupSchema(name: string): StructSchema {
  const schema = findSchema(name);
  if (schema === undefined) throw new Error(`no schema named ${name}`);
  return schema;
}

/** The same, or undefined. */
export function findSchema(name: string): StructSchema | undefined {
  const known = structs.get(name);
  if (known !== undefined) return known;
  const compiled = Object.hasOwn(COMPILED.types, name) ? COMPILED.types[name] : undefined;
  if (compiled === undefined) return undefined;
  const struct = new StructSchema(name, compiled);
  structs.set(name, struct);
  return struct;
}

function resolveType(expression: string): FieldType {
  if (expression.startsWith('[]')) {
    return { kind: 'list', element: resolveType(expression.slice(2)) };
  }
  if (expression.startsWith('{}')) {
    return { kind: 'map', element: resolveType(expression.slice(2)) };
  }
  if (expression === 'any') return ANY;
  if (!expression.startsWith('#')) return { kind: 'scalar', name: expression as ScalarName };
  const name = expression.slice(1);
  const other = SCHEMA_OR[name];
  if (other !== undefined) {
    const schemaOr = { other, schema: lookupSchema(`${EXTENSIONS}.JSONSchemaProps`) };
    return { kind: 'any', schemaOr };
  }
  const alias = COMPILED.types[name]?.t;
  return alias === undefined ? { kind: 'struct', struct: lookupSchema(name) } : resolveType(alias);
}

/** A kind of the API as the schema knows it. */
export interface SchemaKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: string;
  readonly resource: string;
  readonly namespaced: boolean;
  readonly subresources: readonly string[];
}

/**
 * Every resource of the generally available groups, served or not: a resource becomes served by
 * a strategy in the resource table.
 */
export const SCHEMA_KINDS: readonly SchemaKind[] = newSchemaKinds();

function newSchemaKinds(): SchemaKind[] {
  const names = new Map<string, string>();
  for (const [name, { g }] of Object.entries(COMPILED.types)) {
    if (g !== undefined) names.set(g.join('/'), name);
  }
  return COMPILED.resources.flatMap((r) => {
    const schema = names.get([r.group, r.version, r.kind].join('/'));
    return schema === undefined ? [] : [{ ...r, schema }];
  });
}
