import { deepEqual } from '../../rest/deep-equal.ts';
import { pruneUnknownFields } from '../objects/prune.ts';
import { type JSONSchema, someSchema } from '../schema/json-schema.ts';
import type { CustomResourceDefinition } from '../types.ts';
import { structuralFault } from './structural-fault.ts';
import { hasKnownReview, isCABundle } from './validate-conversion.ts';
import { isSetOfParts, validateMapKeys } from './validate-list-type.ts';
import { SCHEMA_TYPES } from './validate-schema.ts';
import { validateStructural } from './validate-structural.ts';

/** How strict validation is. Rules that came later do not hold for what was stored before. */
export interface DefinitionRules {
  readonly isEstablished: boolean;
  readonly requireSchema: boolean;
  readonly requireValidType: boolean;
  readonly requireStructural: boolean;
  readonly requirePrunedDefaults: boolean;
  readonly requireAtomicSets: boolean;
  readonly requireMapKeys: boolean;
  readonly requireKnownReview: boolean;
  readonly allowInvalidCABundle: boolean;
  /** Names of versions whose schema did not change. */
  readonly unchangedVersions: ReadonlySet<string>;
}

export const CREATE_RULES: DefinitionRules = {
  isEstablished: false,
  requireSchema: true,
  requireValidType: true,
  requireStructural: true,
  requirePrunedDefaults: true,
  requireAtomicSets: true,
  requireMapKeys: true,
  requireKnownReview: true,
  // Nothing calls the webhook before the definition is established.
  allowInvalidCABundle: true,
  unchangedVersions: new Set(),
};

export function rulesForUpdate(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition,
): DefinitionRules {
  const schemas = old.spec.versions.map((version) => version.schema?.openAPIV3Schema);
  const known = schemas.filter((schema) => schema !== undefined);
  const some = (test: (schema: JSONSchema) => boolean): boolean =>
    known.some((schema) => someSchema(schema, test));
  const isEstablished =
    old.status?.conditions?.some(
      ({ type, status }) => type === 'Established' && status === 'True',
    ) === true;
  const reviews = old.spec.conversion?.webhook?.conversionReviewVersions ?? [];
  const bundle = old.spec.conversion?.webhook?.clientConfig?.caBundle ?? '';
  return {
    isEstablished,
    requireSchema: known.length === schemas.length,
    requireValidType: !some(({ type }) => Boolean(type) && !SCHEMA_TYPES.includes(type ?? '')),
    // What prunes must be structural; everything does but the oldest definitions.
    requireStructural: crd.spec.preserveUnknownFields !== true || known.every(isStructural),
    requirePrunedDefaults: !known.some(hasUnprunedDefaults),
    requireAtomicSets: !some(isSetOfParts),
    requireMapKeys: !some((schema) => validateMapKeys(schema, '').length > 0),
    requireKnownReview: reviews.length === 0 || hasKnownReview(reviews),
    allowInvalidCABundle: !isEstablished || (bundle !== '' && !isCABundle(bundle)),
    unchangedVersions: unchangedVersions(crd, old),
  };
}

const isStructural = (schema: JSONSchema): boolean =>
  structuralFault(schema) === undefined && validateStructural(schema, '').length === 0;

const hasUnprunedDefaults = (schema: JSONSchema): boolean =>
  isStructural(schema) &&
  someSchema(schema, (part) => {
    if (part.default === undefined) return false;
    const copy = JSON.parse(JSON.stringify(part.default)) as unknown;
    return pruneUnknownFields(copy, part).length > 0;
  });

function unchangedVersions(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition,
): ReadonlySet<string> {
  const before = new Map(old.spec.versions.map((v) => [v.name, v.schema]));
  return new Set(
    crd.spec.versions
      .filter(({ name, schema }) => before.has(name) && deepEqual(before.get(name), schema))
      .map(({ name }) => name),
  );
}
