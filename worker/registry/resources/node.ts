import type { NodeAddress, NodeSpec, NodeStatus, Taint } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../apimachinery/field-error.ts';
import { validateLabelKey } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { byteLength, nameIsDNSSubdomain, validateLabelValue } from '../../../apimachinery/names.ts';
import { deepEqual } from '../rest/deep-equal.ts';
import type { Strategy } from '../strategy.ts';
import { cidrWarnings } from '../addresses/ip-warnings.ts';
import { TAINT_EFFECTS } from './pod/validate-scheduling.ts';
import { quantityOf, validateAmount } from './resource-names.ts';
import { keepAllButStatus, keepStatus } from './status-subresource.ts';
import { familyOfBlock, isDualStack, validateCIDR } from '../addresses/validate-ip.ts';

type StatusFields = Omit<NodeStatus, 'nodeInfo'> & {
  declaredFeatures?: string[];
  nodeInfo?: { swap?: { capacity?: number } };
};

const specOf = (object: KubernetesObject): NodeSpec => object.spec ?? {};
const statusOf = (object: KubernetesObject): StatusFields => object.status ?? {};

export const nodeStrategy: Strategy = {
  setDefaults(object) {
    const status = statusOf(object);
    if (status.capacity !== undefined) status.allocatable ??= { ...status.capacity };
    const spec = specOf(object);
    // Each of the two fields stands for the other.
    if (spec.podCIDR && (spec.podCIDRs ?? []).length === 0) spec.podCIDRs = [spec.podCIDR];
    const [first] = spec.podCIDRs ?? [];
    if (first !== undefined && !spec.podCIDR) spec.podCIDR = first;
  },
  prepareForCreate: (object) => dropConfig(object, undefined),
  validate: (object) => [
    ...validateTaints(specOf(object).taints ?? []),
    ...validateAmounts(statusOf(object)),
    ...validateSwap(statusOf(object)),
    ...validateDeclaredFeatures(statusOf(object).declaredFeatures ?? []),
    ...validatePodBlocks(specOf(object).podCIDRs ?? []),
  ],
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropConfig(object, old);
  },
  validateUpdate: validateNodeUpdate,
  warnings: (object) => [
    ...(specOf(object).externalID
      ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes']
      : []),
    ...(specOf(object).podCIDRs ?? []).flatMap((block, i) =>
      cidrWarnings(block, `spec.podCIDRs[${i}]`),
    ),
  ],
  validateName: nameIsDNSSubdomain,
  selectableFields: (object) => ({
    'spec.unschedulable': String(specOf(object).unschedulable ?? false),
  }),
  subresources: {
    status: {
      // A node labels itself through its status, as kubelets do.
      prepareForUpdate(object, old) {
        const { labels } = object.metadata;
        keepAllButStatus(object, old);
        if (labels !== undefined) object.metadata.labels = labels;
        dropConfig(object, old);
      },
      validateUpdate: validateNodeUpdate,
    },
  },
  allowUnconditionalUpdate: true,
};

function validateNodeUpdate(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [spec, before] = [specOf(object), specOf(old)];
  return [
    ...validateAmounts(statusOf(object)),
    ...validateDeclaredFeatures(statusOf(object).declaredFeatures ?? []),
    ...validateAddresses(statusOf(object).addresses ?? []),
    ...validateSpecKept(spec, before),
    ...validateTaints(spec.taints ?? []),
    ...(spec.externalID === before.externalID
      ? []
      : [forbidden('spec.externalID', 'may not be updated')]),
  ];
}

function validateTaints(taints: readonly Partial<Taint>[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    // Upstream takes taints for a part of the metadata here.
    const at = `metadata.taints[${i}]`;
    const { key = '', value = '', effect = '', timeAdded = null } = taint;
    const errors = validateLabelKey(key, `${at}.key`);
    const messages = validateLabelValue(value);
    if (messages.length > 0) errors.push(invalid(`${at}.value`, value, messages.join(';')));
    if (effect === '') errors.push(required(`${at}.effect`));
    else if (!TAINT_EFFECTS.includes(effect)) {
      errors.push(notSupported(`${at}.effect`, effect, TAINT_EFFECTS));
    }
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded };
      errors.push(duplicate(at, shown, 'taints must be unique by key and effect pair'));
    }
    seen.add(pair);
    return errors;
  });
}

/** Nodes are no longer configured through the API: what is there may stay. */
function dropConfig(object: KubernetesObject, old: KubernetesObject | undefined): void {
  if (old === undefined || specOf(old).configSource === undefined) {
    delete specOf(object).configSource;
  }
  if (old === undefined || statusOf(old).config === undefined) delete statusOf(object).config;
}

function validateSwap({ nodeInfo }: StatusFields): FieldError[] {
  const capacity = nodeInfo?.swap?.capacity;
  // Upstream names another place.
  return capacity === undefined || capacity > 0
    ? []
    : [invalid('metadata.nodeSwapStatus.capacity', capacity, 'must be greater than zero')];
}

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const MAX_FEATURE_BYTES = 253;

/** What a node says that it can do (KEP-5328): names, each once and in order. */
function validateDeclaredFeatures(features: readonly string[]): FieldError[] {
  return features.flatMap((feature, i) => {
    const field = `status.declaredFeatures[${i}]`;
    const shown = `invalid feature name ${JSON.stringify(feature)}`;
    const errors: FieldError[] = [];
    if (byteLength(feature) > MAX_FEATURE_BYTES) {
      const detail = `${shown}: must be no more than ${MAX_FEATURE_BYTES} characters`;
      errors.push(invalid(field, feature, detail));
    } else if (!FEATURE.test(feature)) {
      const detail = `${shown}: must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes`;
      errors.push(invalid(field, feature, detail));
    }
    const next = features[i + 1];
    const nextField = `status.declaredFeatures[${i + 1}]`;
    if (next === feature) errors.push(duplicate(nextField, next));
    else if (next !== undefined && next < feature) {
      errors.push(invalid(nextField, next, 'list must be sorted alphabetically'));
    }
    return errors;
  });
}

const validateAmounts = (status: StatusFields): FieldError[] =>
  (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status[list] ?? {}).flatMap(([name, text]) => {
      const amount = quantityOf(text);
      return amount === undefined ? [] : validateAmount(name, amount, `status.${list}.${name}`);
    }),
  );

/** The addresses that the node's pods get, at most one block of each family. */
function validatePodBlocks(blocks: readonly string[]): FieldError[] {
  const field = 'spec.podCIDRs';
  const errors = blocks.flatMap((block, i) => validateCIDR(block, `${field}[${i}]`));
  const isPair = blocks.length === 2 && isDualStack(blocks.map(familyOfBlock));
  if (errors.length > 0 || blocks.length < 2 || isPair) return errors;
  return [invalid(field, blocks, 'may specify no more than one CIDR for each IP family')];
}

function validateAddresses(addresses: readonly Partial<NodeAddress>[]): FieldError[] {
  const seen = new Set<string>();
  return addresses.flatMap(({ type = '', address = '' }, i) => {
    const key = `${type} ${address}`;
    const isSeen = seen.has(key);
    seen.add(key);
    const shown = { Type: type, Address: address };
    return isSeen ? [duplicate(`status.addresses[${i}]`, shown)] : [];
  });
}

/** Addresses and the provider's name are set once; the rest of the spec may change. */
function validateSpecKept(spec: NodeSpec, old: NodeSpec): FieldError[] {
  const errors: FieldError[] = [];
  const blocksOf = ({ podCIDR, podCIDRs }: NodeSpec): readonly string[] =>
    podCIDRs ?? (podCIDR ? [podCIDR] : []);
  const before = blocksOf(old);
  if (before.length > 0 && !deepEqual(blocksOf(spec), before)) {
    const detail = 'node updates may not change podCIDR except from "" to valid';
    errors.push(forbidden('spec.podCIDRs', detail));
  }
  if (old.providerID && spec.providerID !== old.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    errors.push(forbidden('spec.providerID', detail));
  }
  return errors;
}
