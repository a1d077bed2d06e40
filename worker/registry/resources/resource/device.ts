import {
  type FieldError,
  forbidden,
  invalid,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import { byteLength, validateDNS1123Subdomain } from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { validateNodeSelector } from '../pod/validate-affinity.ts';
import { validateEach, validateMap, validateUnique } from './collections.ts';
import {
  MAX_DOMAIN_LENGTH,
  MAX_ID_LENGTH,
  validateAttributeName,
  validateLabelName,
} from './device-names.ts';
import { MAX_ATTRIBUTE_BYTES } from './device-selectors.ts';
import { validateBindingParameters, validateTaint } from './device-taints.ts';
import type { Counters, Device, DeviceAttribute, DeviceCapacity } from './device-types.ts';
import { validateRequestPolicy } from './request-policy.ts';

const MAX_VALUES = 32;
const MAX_TAINTS = 16;
const MAX_COUNTER_SETS = 2;
const MAX_COUNTERS = 32;
const MAX_LABEL_LENGTH = 63;
const ATTRIBUTE_NAMES = {
  maxKeyLength: MAX_DOMAIN_LENGTH + 1 + MAX_ID_LENGTH,
  key: validateAttributeName,
};
const ONE_CHOICE =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
const NO_CHOICE =
  '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';

const identifier = `(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
const SEMVER = new RegExp(
  `^(0|[1-9]\\d*)(\\.(0|[1-9]\\d*)){2}(-${identifier}(\\.${identifier})*)?(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?$`,
);

/** What else of the slice the rules for its devices depend on. */
export interface DeviceFrame {
  readonly old: Device | undefined;
  readonly choosesNodes: boolean;
}

export function validateDevice(device: Device, frame: DeviceFrame, path: string): FieldError[] {
  const { attributes, capacity, taints } = device;
  const errors = validateLabelName(device.name ?? '', `${path}.name`);
  const attributeCount = Object.keys(attributes ?? {}).length;
  const count = attributeCount + Object.keys(capacity ?? {}).length;
  if (count > MAX_VALUES) {
    const detail = `the total number of attributes and capacities must not exceed ${MAX_VALUES}`;
    errors.push(invalid(path, count, detail));
  }
  const attributeRules = { ...ATTRIBUTE_NAMES, item: validateAttribute };
  errors.push(...validateMap(attributes, attributeRules, `${path}.attributes`));
  if (!deepEqual(frame.old?.capacity, capacity)) {
    const item = device.allowMultipleAllocations === true ? validatePolicy : refusePolicy;
    errors.push(...validateMap(capacity, { ...ATTRIBUTE_NAMES, item }, `${path}.capacity`));
  }
  if (!deepEqual(frame.old?.taints, taints)) {
    errors.push(...validateEach(taints, MAX_TAINTS, validateTaint, `${path}.taints`));
  }
  return [
    ...errors,
    ...validateUnique(
      device.consumesCounters,
      MAX_COUNTER_SETS,
      ({ counterSet, counters }, field) => [
        ...validateCounterSetName(counterSet, `${field}.counterSet`),
        ...validateCounters(counters, `${field}.counters`),
      ],
      ({ counterSet = '' }) => counterSet,
      `${path}.consumesCounters`,
    ),
    ...validateNodes(device, frame.choosesNodes, path),
    ...validateBindingParameters(device, path),
  ];
}

function validateAttribute(attribute: DeviceAttribute, path: string): FieldError[] {
  const { string: text, version } = attribute;
  const errors = text === undefined ? [] : validateLength(text, `${path}.string`);
  if (version !== undefined) {
    const field = `${path}.version`;
    if (!SEMVER.test(version)) {
      const detail = 'must be a string compatible with semver.org spec 2.0.0';
      errors.push(invalid(field, version, detail));
    }
    errors.push(...validateLength(version, field));
  }
  const count = Object.values(attribute).filter((value) => value !== undefined).length;
  if (count === 1) return errors;
  const detail = 'exactly one value must be specified';
  return [...errors, invalid(path, count === 0 ? '' : attribute, detail)];
}

const validateLength = (value: string, field: string): FieldError[] =>
  byteLength(value) > MAX_ATTRIBUTE_BYTES ? [tooLong(field, MAX_ATTRIBUTE_BYTES)] : [];

const validatePolicy = (capacity: DeviceCapacity, path: string): FieldError[] =>
  validateRequestPolicy(capacity, `${path}.requestPolicy`);

const refusePolicy = ({ requestPolicy }: DeviceCapacity, path: string): FieldError[] =>
  requestPolicy === undefined
    ? []
    : [forbidden(`${path}.requestPolicy`, 'allowMultipleAllocations must be true')];

export const validateCounterSetName = (name: string | undefined, field: string): FieldError[] =>
  name ? validateLabelName(name, field) : [required(field)];

export function validateCounters(counters: Counters | undefined, field: string): FieldError[] {
  if (Object.keys(counters ?? {}).length === 0) return [required(field)];
  const rules = { max: MAX_COUNTERS, maxKeyLength: MAX_LABEL_LENGTH, key: validateLabelName };
  return validateMap(counters, rules, field);
}

function validateNodes(device: Device, isChosenHere: boolean, path: string): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!isChosenHere) {
    const isChosen = [nodeName, nodeSelector, allNodes].some((value) => value !== undefined);
    return isChosen ? [invalid(path, null, NO_CHOICE)] : [];
  }
  const set: string[] = [];
  const errors: FieldError[] = [];
  if (nodeName === '') errors.push(invalid(`${path}.nodeName`, '', 'must not be empty'));
  else if (nodeName !== undefined) {
    set.push('`nodeName`');
    errors.push(...validateNodeName(nodeName, `${path}.nodeName`));
  }
  if (nodeSelector !== undefined) {
    set.push('`nodeSelector`');
    errors.push(...validateNodeSelector(nodeSelector, `${path}.nodeSelector`));
  }
  if (allNodes === true) set.push('`allNodes`');
  else if (allNodes === false) {
    errors.push(invalid(`${path}.allNodes`, false, 'must be either unset or set to true'));
  }
  if (set.length === 0) errors.push(required(path, ONE_CHOICE));
  else if (set.length > 1) errors.push(invalid(path, `{${set.join(', ')}}`, ONE_CHOICE));
  return errors;
}

export const validateNodeName = (name: string, field: string): FieldError[] =>
  validateDNS1123Subdomain(name).map((message) => invalid(field, name, message));
