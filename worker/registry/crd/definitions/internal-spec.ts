import { deepEqual } from '../../rest/deep-equal.ts';
import type { JSONSchema } from '../schema/json-schema.ts';
import type {
  ColumnDefinition,
  CustomResourceDefinition,
  DefinitionVersion,
  Subresources,
} from '../types.ts';

/**
 * A definition's spec as upstream validates it, in its internal version: what all versions have in
 * common stands beside them, under other names. Errors have the paths of that form.
 */
export interface InternalSpec {
  /** Name of the first version. */
  readonly version: string;
  /** What all versions share; undefined where they have nothing, or differ. */
  readonly validation: { readonly openAPIV3Schema?: JSONSchema } | undefined;
  readonly subresources: Subresources | undefined;
  readonly columns: readonly ColumnDefinition[];
  readonly selectableFields: readonly { readonly jsonPath: string }[];
  /** Without what is shared. */
  readonly versions: readonly DefinitionVersion[];
}

export function internalSpec({ spec }: CustomResourceDefinition): InternalSpec {
  const { versions } = spec;
  const [first] = versions;
  const isShared = (field: keyof DefinitionVersion): boolean =>
    versions.every((version) => deepEqual(version[field], first?.[field]));
  const shared = new Set<keyof DefinitionVersion>(
    (['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const).filter(
      isShared,
    ),
  );
  const common = <F extends keyof DefinitionVersion>(field: F): DefinitionVersion[F] | undefined =>
    shared.has(field) ? first?.[field] : undefined;
  return {
    version: first?.name ?? '',
    validation: common('schema'),
    subresources: common('subresources'),
    columns: common('additionalPrinterColumns') ?? [],
    selectableFields: common('selectableFields') ?? [],
    versions: versions.map((version) => {
      const own = { ...version };
      for (const field of shared) delete own[field];
      return own;
    }),
  };
}

/** The versions as errors show them: Go prints its own fields. */
export const printedVersions = (versions: readonly DefinitionVersion[]): unknown[] =>
  versions.map((version) => ({
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: version.schema ?? null,
    Subresources: version.subresources ?? null,
    AdditionalPrinterColumns: version.additionalPrinterColumns ?? null,
    SelectableFields: version.selectableFields ?? null,
  }));
