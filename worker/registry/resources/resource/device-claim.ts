import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateEach, validateUnique } from './collections.ts';
import { validateConfiguration } from './device-configuration.ts';
import {
  validateFullAttributeName,
  validateLabelName,
  validateSubdomainName,
} from './device-names.ts';
import { validateSelectors } from './device-selectors.ts';
import { validateTolerations } from './device-taints.ts';
import type {
  ClaimSpec,
  DeviceClaim,
  DeviceConstraint,
  DeviceDemand,
  DeviceRequest,
} from './device-types.ts';

const MAX_REQUESTS = 32;
const MAX_ALTERNATIVES = 8;
const MAX_CONSTRAINTS = 32;
export const MAX_CONFIGURATIONS = 32;
const MODES = ['All', 'ExactCount'];
const ONE_KIND = 'exactly one of `exactly` or `firstAvailable` is required';

export function setClaimDefaults(spec: ClaimSpec | undefined): void {
  for (const { exactly, firstAvailable } of spec?.devices?.requests ?? []) {
    if (exactly !== undefined) setDemandDefaults(exactly);
    firstAvailable?.forEach(setDemandDefaults);
  }
}

function setDemandDefaults(demand: DeviceDemand): void {
  demand.allocationMode ||= 'ExactCount';
  if (demand.allocationMode === 'ExactCount') demand.count ||= 1;
  for (const toleration of demand.tolerations ?? []) toleration.operator ||= 'Equal';
}

/** The names by which the rest of a claim refers to its requests: `request`, `request/subrequest`. */
export function requestNames({ requests }: DeviceClaim): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name = '', firstAvailable } of requests ?? []) {
    names.add(name);
    for (const alternative of firstAvailable ?? []) names.add(`${name}/${alternative.name ?? ''}`);
  }
  return names;
}

export function validateClaimSpec(spec: ClaimSpec | undefined, path: string): FieldError[] {
  const claim = spec?.devices ?? {};
  const at = `${path}.devices`;
  const names = requestNames(claim);
  return [
    ...validateUnique(
      claim.requests,
      MAX_REQUESTS,
      validateRequest,
      ({ name = '' }) => name,
      `${at}.requests`,
    ),
    ...validateEach(
      claim.constraints,
      MAX_CONSTRAINTS,
      (constraint, field) => validateConstraint(constraint, names, field),
      `${at}.constraints`,
    ),
    ...validateEach(
      claim.config,
      MAX_CONFIGURATIONS,
      (config, field) => [
        ...validateRequestReferences(config.requests, names, `${field}.requests`),
        ...validateConfiguration(config, field),
      ],
      `${at}.config`,
    ),
  ];
}

function validateRequest(request: DeviceRequest, path: string): FieldError[] {
  const { name = '', exactly, firstAvailable = [] } = request;
  const errors = validateLabelName(name, `${path}.name`);
  const alternatives = firstAvailable ?? [];
  if (exactly === undefined && alternatives.length === 0) {
    return [...errors, required(path, ONE_KIND)];
  }
  if (exactly !== undefined && alternatives.length > 0) {
    return [...errors, invalid(path, null, `${ONE_KIND}, but multiple fields are set`)];
  }
  if (exactly !== undefined) return [...errors, ...validateDemand(exactly, `${path}.exactly`)];
  const alternativesErrors = validateUnique(
    alternatives,
    MAX_ALTERNATIVES,
    (alternative, field) => [
      ...validateLabelName(alternative.name ?? '', `${field}.name`),
      ...validateDemand(alternative, field),
    ],
    (alternative) => alternative.name ?? '',
    `${path}.firstAvailable`,
  );
  return [...errors, ...alternativesErrors];
}

function validateDemand(demand: DeviceDemand, path: string): FieldError[] {
  const { deviceClassName = '', selectors, tolerations } = demand;
  const classAt = `${path}.deviceClassName`;
  return [
    ...(deviceClassName === ''
      ? [required(classAt)]
      : validateSubdomainName(deviceClassName, classAt)),
    ...validateSelectors(selectors, `${path}.selectors`),
    ...validateMode(demand, path),
    ...validateTolerations(tolerations, `${path}.tolerations`),
  ];
}

function validateMode(
  { allocationMode = '', count = 0 }: DeviceDemand,
  path: string,
): FieldError[] {
  const countAt = `${path}.count`;
  switch (allocationMode) {
    case 'All':
      return count === 0
        ? []
        : [invalid(countAt, count, "must not be specified when allocationMode is 'All'")];
    case 'ExactCount':
      return count > 0 ? [] : [invalid(countAt, count, 'must be greater than zero')];
    default:
      return [notSupported(`${path}.allocationMode`, allocationMode, MODES)];
  }
}

function validateConstraint(
  constraint: DeviceConstraint,
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  const errors = validateRequestReferences(requests, names, `${path}.requests`);
  if (matchAttribute !== undefined) {
    errors.push(...validateFullAttributeName(matchAttribute, `${path}.matchAttribute`));
  } else if (distinctAttribute !== undefined) {
    errors.push(...validateFullAttributeName(distinctAttribute, `${path}.distinctAttribute`));
  } else {
    // Upstream says so.
    const detail =
      'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
    errors.push(required(path, detail));
  }
  return errors;
}

export function validateRequestReferences(
  references: readonly string[] | undefined,
  names: ReadonlySet<string>,
  field: string,
): FieldError[] {
  return validateUnique(
    references,
    MAX_REQUESTS,
    (reference, at) => validateRequestReference(reference, names, at),
    (reference) => reference,
    field,
  );
}

export function validateRequestReference(
  reference: string,
  names: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const segments = reference.split('/');
  const errors =
    segments.length > 2 ? [] : segments.flatMap((segment) => validateLabelName(segment, field));
  if (names.has(reference)) return errors;
  const detail =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  return [...errors, invalid(field, reference, detail)];
}
