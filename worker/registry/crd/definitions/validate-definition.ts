import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateDNS1123Subdomain } from '../../../../apimachinery/names.ts';
import { immutable } from '../../../../apimachinery/object-meta-validation.ts';
import { APPROVAL_ANNOTATION, approvalOf, isProtectedGroup } from '../approval.ts';
import type { JSONSchema } from '../schema/json-schema.ts';
import type { CustomResourceDefinition, DefinitionVersion } from '../types.ts';
import { CREATE_RULES, type DefinitionRules, rulesForUpdate } from './definition-rules.ts';
import { type InternalSpec, internalSpec, printedVersions } from './internal-spec.ts';
import { TotalCost } from './rule-costs.ts';
import { structuralFault } from './structural-fault.ts';
import { validateConversion } from './validate-conversion.ts';
import { validateDefaults } from './validate-defaults.ts';
import { anyLabel, validateNames } from './validate-names.ts';
import { validateSchema } from './validate-schema.ts';
import { validateStructural } from './validate-structural.ts';
import {
  validateColumns,
  validateDeprecation,
  validateSelectableFields,
  validateSubresources,
} from './validate-version.ts';

/** Validates a new definition, but for what every object's metadata must obey. */
export function validateDefinition(crd: CustomResourceDefinition): FieldError[] {
  const { metadata, spec } = crd;
  const errors: FieldError[] = [];
  const name = metadata.name ?? '';
  if (name !== '' && name !== `${spec.names.plural}.${spec.group}`) {
    errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  }
  return [
    ...errors,
    ...validateSpec(crd, CREATE_RULES),
    ...validateStatus(crd),
    ...validateStoredVersions(crd),
    ...validateApproval(crd, undefined),
    ...validatePreserving(crd, undefined),
  ];
}

/** Validates a definition that replaces another. What that had wrong stays allowed. */
export function validateDefinitionUpdate(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const rules = rulesForUpdate(crd, old);
  const { spec } = crd;
  return [
    ...validateSpec(crd, rules),
    ...(rules.isEstablished
      ? [
          ...immutable(spec.scope, old.spec.scope, 'spec.scope'),
          ...immutable(spec.names.kind, old.spec.names.kind, 'spec.names.kind'),
        ]
      : []),
    ...immutable(spec.group, old.spec.group, 'spec.group'),
    ...immutable(spec.names.plural, old.spec.names.plural, 'spec.names.plural'),
    ...validateStatus(crd),
    ...validateStoredVersions(crd),
    ...validateApproval(crd, old),
    ...validatePreserving(crd, old),
  ];
}

export const validateStatus = ({ status }: CustomResourceDefinition): FieldError[] =>
  validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames');

function validateSpec(crd: CustomResourceDefinition, rules: DefinitionRules): FieldError[] {
  const { spec } = crd;
  const { names } = spec;
  const internal = internalSpec(crd);
  const missing = (['plural', 'singular', 'kind', 'listKind'] as const).filter((n) => !names[n]);
  return [
    ...validateGroup(spec.group),
    ...validateScope(spec.scope),
    ...validateHasSchemas(internal, rules),
    ...internal.versions.flatMap((version, i) =>
      validateVersion(version, internal, `spec.versions[${i}]`, rules),
    ),
    ...validateVersionList(internal),
    ...missing.map((name) => required(`spec.names.${name}`)),
    ...validateNames(names, 'spec.names'),
    ...validateValidation(internal.validation, 'spec.validation', rules, {
      hasStatus: [internal.subresources, ...internal.versions.map((v) => v.subresources)].some(
        (subresources) => subresources?.status !== undefined,
      ),
      version: internal.version,
    }),
    ...validateSubresources(internal.subresources, 'spec.subresources'),
    ...validateColumns(internal.columns, 'spec.additionalPrinterColumns'),
    ...validateSelectableFields(
      internal.selectableFields,
      internal.validation?.openAPIV3Schema,
      'spec.selectableFields',
    ),
    ...(spec.preserveUnknownFields === true && spec.conversion?.strategy === 'Webhook'
      ? [
          invalid(
            'spec.conversion.strategy',
            spec.conversion.strategy,
            'must be None if spec.preserveUnknownFields is true',
          ),
        ]
      : []),
    ...validateConversion(spec.conversion, 'spec.conversion', rules),
  ];
}

function validateGroup(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const messages = validateDNS1123Subdomain(group);
  if (messages.length > 0) return [invalid('spec.group', group, messages.join(','))];
  return group.includes('.')
    ? []
    : [invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function validateScope(scope: string): FieldError[] {
  if (scope === '') return [required('spec.scope')];
  return scope === 'Cluster' || scope === 'Namespaced'
    ? []
    : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])];
}

function validateHasSchemas(internal: InternalSpec, rules: DefinitionRules): FieldError[] {
  if (internal.validation?.openAPIV3Schema !== undefined) return [];
  return internal.versions.flatMap((version, i) => {
    const field = `spec.versions[${i}].schema.openAPIV3Schema`;
    if (version.schema?.openAPIV3Schema !== undefined) return [];
    if (rules.requireSchema) return [required(field)];
    return version.served ? [required(field, 'because otherwise all fields are pruned')] : [];
  });
}

function validateVersion(
  version: DefinitionVersion,
  internal: InternalSpec,
  path: string,
  rules: DefinitionRules,
): FieldError[] {
  const own = internal.versions.some((v) => v.subresources !== undefined);
  const subresources = own ? version.subresources : internal.subresources;
  const { deprecated = false, deprecationWarning, schema } = version;
  return [
    ...anyLabel(version.name, `${path}.name`),
    ...validateDeprecation(deprecated, deprecationWarning, `${path}.deprecationWarning`),
    ...validateValidation(schema, `${path}.schema`, rules, {
      hasStatus: subresources?.status !== undefined,
      version: version.name,
    }),
    ...validateSubresources(version.subresources, `${path}.subresources`),
    ...validateColumns(version.additionalPrinterColumns, `${path}.additionalPrinterColumns`),
    ...validateSelectableFields(
      version.selectableFields ?? [],
      schema?.openAPIV3Schema ?? internal.validation?.openAPIV3Schema,
      `${path}.selectableFields`,
    ),
  ];
}

function validateVersionList({ version, versions }: InternalSpec): FieldError[] {
  const errors: FieldError[] = [];
  const tell = (detail: string): void => {
    errors.push(invalid('spec.versions', printedVersions(versions), detail));
  };
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    tell('must contain unique version names');
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    tell('must have exactly one version marked as storage version');
  }
  return version === '' ? errors : [...errors, ...anyLabel(version, 'spec.version')];
}

/** Keywords that the root may have where the status is validated by its own part of the schema. */
const ROOT_KEYWORDS: ReadonlySet<string> = new Set(
  `description type format title maximum exclusiveMaximum minimum exclusiveMinimum maxLength
  minLength pattern maxItems minItems uniqueItems multipleOf required items properties externalDocs
  example x-kubernetes-preserve-unknown-fields x-kubernetes-validations`.split(/\s+/),
);
const ROOT_FIELDS =
  '[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]';

function validateValidation(
  validation: { readonly openAPIV3Schema?: JSONSchema } | undefined,
  path: string,
  rules: DefinitionRules,
  { hasStatus, version }: { readonly hasStatus: boolean; readonly version: string },
): FieldError[] {
  const schema = validation?.openAPIV3Schema;
  if (schema === undefined) return [];
  const field = `${path}.openAPIV3Schema`;
  const errors = hasStatus ? validateRootKeywords(schema, field) : [];
  if (schema.nullable === true) {
    errors.push(forbidden(`${field}.nullable`, 'nullable cannot be true at the root'));
  }
  const fault = structuralFault(schema);
  const faults =
    fault === undefined && rules.requireStructural ? validateForm(schema, field, rules) : [];
  errors.push(...faults);
  const isSound = fault === undefined && faults.length === 0;
  const total = new TotalCost();
  const costs = isSound && rules.requireStructural ? { cardinality: 1n, total } : undefined;
  const toleratesCost = rules.unchangedVersions.has(version);
  errors.push(...validateSchema(schema, field, { ...rules, toleratesCost }, costs));
  if (errors.length === 0 && fault !== undefined) errors.push(invalid(field, '', fault));
  return [...errors, ...total.errors(field)];
}

/** The structure, and only of what is sound, the defaults. */
function validateForm(schema: JSONSchema, field: string, rules: DefinitionRules): FieldError[] {
  const errors = validateStructural(schema, field);
  return errors.length > 0 ? errors : validateDefaults(schema, field, rules.requirePrunedDefaults);
}

function validateRootKeywords(schema: JSONSchema, field: string): FieldError[] {
  for (const keyword of Object.keys(schema)) {
    if (keyword === 'type' && schema.type !== 'object') {
      const detail =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [invalid(`${field}.type`, schema.type, detail)];
    }
    if (!ROOT_KEYWORDS.has(keyword)) {
      const detail = `only ${ROOT_FIELDS} fields are allowed at the root of the schema if the status subresource is enabled`;
      return [invalid(field, schema, detail)];
    }
  }
  return [];
}

function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const field = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0)
    return [invalid(field, undefined, 'must have at least one stored version')];
  const names = new Set(spec.versions.map(({ name }) => name));
  return [
    ...spec.versions
      .filter(({ name, storage }) => storage && !stored.includes(name))
      .map(({ name }) => invalid(field, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, i) => {
      if (names.has(name)) return [];
      const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
      return [invalid(`${field}[${i}]`, name, detail)];
    }),
  ];
}

/** Protected groups say where they were approved. What was not said before need not be said later. */
function validateApproval(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  if (!isProtectedGroup(crd.spec.group)) return [];
  const { state, reason } = approvalOf(crd);
  if (old !== undefined && approvalOf(old).state === state) return [];
  const field = `metadata.annotations[${APPROVAL_ANNOTATION}]`;
  switch (state) {
    case 'missing':
      return [required(field, reason)];
    case 'invalid':
      return [invalid(field, crd.metadata.annotations?.[APPROVAL_ANNOTATION], reason)];
    default:
      return [];
  }
}

function validatePreserving(
  { spec }: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  if (spec.preserveUnknownFields !== true || old?.spec.preserveUnknownFields === true) return [];
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalid('spec.preserveUnknownFields', true, detail)];
}
