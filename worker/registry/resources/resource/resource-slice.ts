import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import { formatTime, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { immutable } from '../../../../apimachinery/object-meta-validation.ts';
import type { Strategy } from '../../strategy.ts';
import { validateNodeSelector } from '../pod/validate-affinity.ts';
import { validateUnique } from './collections.ts';
import {
  validateCounters,
  validateCounterSetName,
  validateDevice,
  validateNodeName,
} from './device.ts';
import { validateDriverName, validatePoolName } from './device-names.ts';
import type { Device, DeviceTaint, SliceSpec } from './device-types.ts';

const MAX_DEVICES = 128;
/** Where devices have taints or share counters. */
const MAX_ADVANCED_DEVICES = 64;
const MAX_COUNTER_SETS = 8;
const ONE_CHOICE =
  'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';

const specOf = (object: KubernetesObject): SliceSpec => object.spec ?? {};

export const resourceSliceStrategy: Strategy = {
  prepareForCreate: (object, { now }) => prepareDevices(specOf(object), formatTime(now)),
  validate: (object) => validateSlice(specOf(object)),
  prepareForUpdate: (object, _old, { now }) => prepareDevices(specOf(object), formatTime(now)),
  validateUpdate: (object, old) => validateSlice(specOf(object), specOf(old)),
  validateName: nameIsDNSSubdomain,
  selectableFields: (object) => ({
    'spec.nodeName': specOf(object).nodeName ?? '',
    'spec.driver': specOf(object).driver ?? '',
  }),
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

/** Fields of features that are alpha, and off. */
const ALPHA_ATTRIBUTES = ['bools', 'ints', 'strings', 'versions'] as const;
type AlphaDevice = Device & { nodeAllocatableResourceMappings?: unknown };
type AlphaAttribute = Partial<Record<(typeof ALPHA_ATTRIBUTES)[number], unknown>>;

function prepareDevices({ devices }: SliceSpec, now: string): void {
  for (const device of devices ?? []) {
    delete (device as AlphaDevice).nodeAllocatableResourceMappings;
    for (const attribute of Object.values(device.attributes ?? {})) {
      for (const name of ALPHA_ATTRIBUTES) delete (attribute as AlphaAttribute)[name];
    }
    device.taints?.forEach((taint: DeviceTaint) => (taint.timeAdded ??= now));
  }
}

function validateSlice(spec: SliceSpec, old?: SliceSpec): FieldError[] {
  const { driver = '', devices, sharedCounters } = spec;
  const errors = [...validateDriverName(driver, 'spec.driver'), ...validatePool(spec.pool ?? {})];
  if (old !== undefined) {
    errors.push(
      ...immutable(spec.pool?.name, old.pool?.name, 'spec.pool.name'),
      ...immutable(driver, old.driver ?? '', 'spec.driver'),
      ...immutable(spec.nodeName, old.nodeName, 'spec.nodeName'),
    );
  }
  errors.push(...validateNodes(spec));
  if (sharedCounters && devices) {
    errors.push(invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed'));
  }
  return [
    ...errors,
    ...validateUnique(
      devices,
      devices?.some(isAdvanced) ? MAX_ADVANCED_DEVICES : MAX_DEVICES,
      (device, field) => {
        const before = old?.devices?.find(({ name }) => name === device.name);
        const choosesNodes = spec.perDeviceNodeSelection === true;
        return validateDevice(device, { old: before, choosesNodes }, field);
      },
      ({ name = '' }) => name,
      'spec.devices',
    ),
    ...validateUnique(
      sharedCounters,
      MAX_COUNTER_SETS,
      ({ name, counters }, field) => [
        ...validateCounterSetName(name, `${field}.name`),
        ...validateCounters(counters, `${field}.counters`),
      ],
      ({ name = '' }) => name,
      'spec.sharedCounters',
    ),
  ];
}

const isAdvanced = ({ taints, consumesCounters }: Device): boolean =>
  (taints?.length ?? 0) > 0 || (consumesCounters?.length ?? 0) > 0;

function validatePool(pool: NonNullable<SliceSpec['pool']>): FieldError[] {
  const { name = '', resourceSliceCount: count = 0, generation = 0 } = pool;
  const errors = validatePoolName(name, 'spec.pool.name');
  if (count <= 0) {
    errors.push(invalid('spec.pool.resourceSliceCount', count, 'must be greater than zero'));
  }
  if (generation < 0) {
    const detail = 'must be greater than or equal to zero';
    errors.push(invalid('spec.pool.generation', generation, detail));
  }
  return errors;
}

/** The nodes that the devices are reachable from are told in one way. */
function validateNodes(spec: SliceSpec): FieldError[] {
  const { nodeName, nodeSelector } = spec;
  const set: string[] = [];
  const errors: FieldError[] = [];
  if (nodeName === '') {
    const detail = 'must be either unset or set to a non-empty string';
    errors.push(invalid('spec.nodeName', '', detail));
  } else if (nodeName !== undefined) {
    set.push('`nodeName`');
    errors.push(...validateNodeName(nodeName, 'spec.nodeName'));
  }
  if (nodeSelector !== undefined) {
    set.push('`nodeSelector`');
    errors.push(...validateNodeSelector(nodeSelector, 'spec.nodeSelector'));
    const terms = nodeSelector.nodeSelectorTerms;
    if (terms?.length !== 1) {
      // This makes it simpler to merge selectors of several slices.
      const detail = 'must have exactly one node selector term';
      errors.push(invalid('spec.nodeSelector.nodeSelectorTerms', terms, detail));
    }
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[name] === true) set.push(`\`${name}\``);
    else if (spec[name] === false) {
      errors.push(invalid(`spec.${name}`, false, 'must be either unset or set to true'));
    }
  }
  if (set.length === 0) errors.push(required('spec', ONE_CHOICE));
  else if (set.length > 1) {
    const detail = `${ONE_CHOICE}, but multiple fields are set`;
    errors.push(invalid('spec', `{${set.join(', ')}}`, detail));
  }
  return errors;
}
