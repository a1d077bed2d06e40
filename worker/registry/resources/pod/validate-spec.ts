import type { PodSpec } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateLabels } from '../../../../apimachinery/label-selector.ts';
import {
  nameIsDNSSubdomain,
  validateDNS1123Label,
  validateDNS1123Subdomain,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import { isIPAddress } from '../ip-address.ts';
import { oneOf } from '../one-of.ts';
import { validateContainer } from './validate-container.ts';
import {
  validateAffinity,
  validateTolerations,
  validateTopologySpread,
} from './validate-scheduling.ts';
import { validateVolumes } from './validate-volumes.ts';

const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const DNS_POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];
const MAX_INT32 = 2_147_483_647;

/**
 * Validates a pod spec at `path` (pkg/apis/core/validation, ValidatePodSpec). `of` is `template`
 * where fields that a scheduler or a debugger sets later may not be given.
 */
export function validatePodSpec(spec: PodSpec, path: string, of: 'pod' | 'template'): FieldError[] {
  const { names: volumes, errors } = validateVolumes(spec.volumes ?? [], `${path}.volumes`);
  errors.push(...validateContainerLists(spec, path, volumes));
  if (of === 'template' && (spec.ephemeralContainers ?? []).length > 0) {
    errors.push({
      reason: 'FieldValueForbidden',
      field: `${path}.ephemeralContainers`,
      message: 'Forbidden: ephemeral containers not allowed in pod template',
    });
  }
  errors.push(
    ...oneOf(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...oneOf(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validateDNSConfig(spec, path),
    ...named(spec.serviceAccountName, `${path}.serviceAccountName`),
    ...named(spec.nodeName, `${path}.nodeName`),
    ...named(spec.priorityClassName, `${path}.priorityClassName`),
    ...validateTolerations(spec.tolerations ?? [], `${path}.tolerations`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateTopologySpread(
      spec.topologySpreadConstraints ?? [],
      `${path}.topologySpreadConstraints`,
    ),
    ...validateHostAliases(spec, path),
    ...validateReadinessGates(spec, path),
  );
  for (const field of ['hostname', 'subdomain'] as const) {
    const value = spec[field];
    if (!value) continue;
    errors.push(...validateDNS1123Label(value).map((m) => invalid(`${path}.${field}`, value, m)));
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32)) {
    const detail = `must be between 1 and ${MAX_INT32}, inclusive`;
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, detail));
  }
  return errors;
}

function validateContainerLists(
  spec: PodSpec,
  path: string,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const hostNetwork = spec.hostNetwork === true;
  if ((spec.containers ?? []).length === 0) errors.push(required(`${path}.containers`));
  // Names are unique over all lists: they name log files and status entries of one pod.
  const names = new Set<string>();
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'] as const) {
    spec[list]?.forEach((container, i) => {
      const at = `${path}.${list}[${i}]`;
      errors.push(...validateContainer(container, at, { list, volumes, hostNetwork }));
      if (!container.name) return;
      if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
      names.add(container.name);
    });
  }
  return errors;
}

function named(value: string | undefined, field: string): FieldError[] {
  if (!value) return [];
  return nameIsDNSSubdomain(value, false).map((message) => invalid(field, value, message));
}

function validateDNSConfig(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const field = `${path}.dnsConfig`;
  const servers = spec.dnsConfig?.nameservers ?? [];
  if (spec.dnsPolicy === 'None') {
    if (spec.dnsConfig === undefined) {
      errors.push(required(field, 'must provide `dnsConfig` when `dnsPolicy` is None'));
    } else if (servers.length === 0) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      errors.push(required(`${field}.nameservers`, detail));
    }
  }
  servers.forEach((server, i) => {
    if (isIPAddress(server)) return;
    errors.push(invalid(`${field}.nameservers[${i}]`, server, IP_MESSAGE));
  });
  spec.dnsConfig?.options?.forEach((option, i) => {
    if (!option.name) {
      errors.push(required(`${field}.options[${i}]`, 'must not be empty'));
    }
  });
  return errors;
}

const IP_MESSAGE = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

function validateHostAliases(spec: PodSpec, path: string): FieldError[] {
  return (spec.hostAliases ?? []).flatMap((alias, i) => {
    const at = `${path}.hostAliases[${i}]`;
    const errors = isIPAddress(alias.ip ?? '')
      ? []
      : [invalid(`${at}.ip`, alias.ip ?? '', IP_MESSAGE)];
    alias.hostnames?.forEach((name, j) => {
      const messages = validateDNS1123Subdomain(name);
      errors.push(...messages.map((m) => invalid(`${at}.hostnames[${j}]`, name, m)));
    });
    return errors;
  });
}

function validateReadinessGates(spec: PodSpec, path: string): FieldError[] {
  return (spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
    validateQualifiedName(conditionType).map((message) =>
      invalid(`${path}.readinessGates[${i}].conditionType`, conditionType, message),
    ),
  );
}
