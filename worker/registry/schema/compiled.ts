/**
 * The committed form of the API's schema, `kubernetes.generated.json`, made by
 * scripts/compile-schema.ts. Keys are short because the file travels in the bundle.
 *
 * Type expressions: `string`, `int32`, `int64`, `double`, `boolean`, `bytes`, `time`, `microTime`,
 * `duration`, `quantity`, `intOrString`, `any` (JSON of any shape), `#name` (a named type),
 * `[]T` (list), `{}T` (map).
 */
export interface CompiledSchema {
  readonly types: Readonly<Record<string, CompiledType>>;
  readonly resources: {
    group: string;
    version: string;
    resource: string;
    kind: string;
    namespaced: boolean;
    subresources: string[];
  }[];
}

export interface CompiledType {
  /** Fields of a struct; a type without them is `t`. */
  readonly f?: Readonly<Record<string, CompiledField>>;
  readonly t?: string;
  /** `x-kubernetes-map-type`. */
  readonly m?: string;
  /** `x-kubernetes-unions`, verbatim. */
  readonly u?: unknown;
  /** Group, version, kind. */
  readonly g?: readonly [string, string, string];
}

export interface CompiledField {
  readonly t: string;
  /** Required. */
  readonly r?: 1;
  /** Default. */
  readonly d?: unknown;
  readonly e?: readonly string[];
  /** `x-kubernetes-list-type`, `-list-map-keys`, `-map-type`, `-patch-merge-key`, `-patch-strategy`. */
  readonly l?: string;
  readonly k?: readonly string[];
  readonly m?: string;
  readonly pk?: string;
  readonly ps?: string;
}
