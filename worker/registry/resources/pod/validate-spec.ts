import type { PodSpec } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateLabels } from '../../../../apimachinery/label-selector.ts';
import { nameIsDNSSubdomain, validateQualifiedName } from '../../../../apimachinery/names.ts';
import { oneOf } from '../one-of.ts';
import { type ContainerFields, isSidecar, type PodContext, type PodFields } from './fields.ts';
import { validateAffinity } from './validate-affinity.ts';
import {
  type ContainerContext,
  validateContainerCommon,
  validateEphemeralFields,
  validateHostPorts,
  validateImageTrimmed,
  validateRestartPolicy,
} from './validate-container.ts';
import { validateFileVolumes } from './validate-env.ts';
import {
  validateDNSConfig,
  validateHostAliases,
  validateHostnameOverride,
  validateHostNames,
  validateHostNetworkPorts,
} from './validate-network.ts';
import { PROBES, validateHooks } from './validate-probe.ts';
import { validateResourceClaims } from './validate-resource-claims.ts';
import { validateContainerResources, validatePodResources } from './validate-resources.ts';
import {
  validateSchedulingGates,
  validateTolerations,
  validateTopologySpread,
} from './validate-scheduling.ts';
import { validateHostUsers, validatePodSecurity } from './validate-security.ts';
import { validateVolumes } from './validate-volumes.ts';
import { validateHostProcess, validateOS } from './validate-windows.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never'];
const MAX_INT32 = 2_147_483_647;

/** Validates a pod spec at `path` (pkg/apis/core/validation, ValidatePodSpec). */
export function validatePodSpec(sent: PodSpec, path: string, context: PodContext): FieldError[] {
  const spec = sent as PodFields;
  const grace = spec.terminationGracePeriodSeconds;
  const { named: volumes, errors } = validateVolumes(
    spec.volumes ?? [],
    `${path}.volumes`,
    context,
  );
  const claims = new Set((spec.resourceClaims ?? []).flatMap(({ name }) => name || []));
  return [
    ...(grace === undefined ? [required(`${path}.terminationGracePeriodSeconds`)] : []),
    ...errors,
    ...validateResourceClaims(spec.resourceClaims ?? [], `${path}.resourceClaims`),
    ...validateContainerLists(spec, path, { ...context, spec, volumes, claims }),
    ...validatePodResources(spec, `${path}.resources`),
    ...validateHostNetworkPorts(spec, path, context),
    ...oneOf(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...oneOf(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurity(spec, `${path}.securityContext`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateDNSConfig(spec, `${path}.dnsConfig`),
    ...validateReadinessGates(spec, `${path}.readinessGates`),
    ...validateSchedulingGates(spec.schedulingGates ?? [], `${path}.schedulingGates`),
    ...validateTopologySpread(
      spec.topologySpreadConstraints ?? [],
      `${path}.topologySpreadConstraints`,
    ),
    ...validateHostProcess(spec, path),
    ...validateHostUsers(spec, path),
    ...validateHostnameOverride(spec, `${path}.hostnameOverride`),
    ...validateReference(spec.serviceAccountName, `${path}.serviceAccountName`),
    ...validateReference(spec.nodeName, `${path}.nodeName`),
    ...validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`),
    ...validateHostNames(spec, path),
    ...validateTolerations(spec.tolerations ?? [], `${path}.tolerations`),
    ...validateHostAliases(spec.hostAliases ?? [], `${path}.hostAliases`),
    ...validateReference(spec.priorityClassName, `${path}.priorityClassName`),
    ...(spec.runtimeClassName === undefined
      ? []
      : subdomain(spec.runtimeClassName, `${path}.runtimeClassName`)),
    ...validatePreemption(spec.preemptionPolicy, `${path}.preemptionPolicy`),
    ...(spec.overhead === undefined
      ? []
      : validateContainerResources({ limits: spec.overhead }, new Set(), `${path}.overhead`)),
    ...validateOS(spec, path),
    ...validateFileVolumes(spec, path, volumes),
  ];
}

const subdomain = (value: string, field: string): FieldError[] =>
  nameIsDNSSubdomain(value, false).map((message) => invalid(field, value, message));

/** The name of another object; empty stands for none. */
const validateReference = (value: string | undefined, field: string): FieldError[] =>
  value ? subdomain(value, field) : [];

function validateDeadline(seconds: number | undefined, field: string): FieldError[] {
  return seconds === undefined || (seconds >= 1 && seconds <= MAX_INT32)
    ? []
    : [invalid(field, seconds, `must be between 1 and ${MAX_INT32}, inclusive`)];
}

function validatePreemption(policy: string | undefined, field: string): FieldError[] {
  if (policy === undefined) return [];
  return oneOf(policy, PREEMPTION_POLICIES, field);
}

function validateReadinessGates(spec: PodFields, path: string): FieldError[] {
  return (spec.readinessGates ?? []).flatMap(
    ({ conditionType = '' }: { conditionType?: string }, i) =>
      validateQualifiedName(conditionType).map((message) =>
        invalid(`${path}[${i}].conditionType`, conditionType, message),
      ),
  );
}

/** Names are unique over all lists: they name log files and status entries of one pod. */
function validateContainerLists(
  spec: PodFields,
  path: string,
  context: ContainerContext,
): FieldError[] {
  const names = new Set<string>();
  const take = (name: string | undefined, at: string, allowsEmpty: boolean): FieldError[] => {
    const taken = name ?? '';
    if (names.has(taken)) return [duplicate(`${at}.name`, taken)];
    if (taken !== '' || !allowsEmpty) names.add(taken);
    return [];
  };
  return [
    ...validateContainers(spec, `${path}.containers`, context, take),
    ...validateInitContainers(spec, `${path}.initContainers`, context, take),
    ...validateEphemeralContainers(spec, `${path}.ephemeralContainers`, context, take),
  ];
}

type TakeName = (name: string | undefined, at: string, allowsEmpty: boolean) => FieldError[];

function validateContainers(
  spec: PodFields,
  path: string,
  context: ContainerContext,
  take: TakeName,
): FieldError[] {
  const containers = spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  return [
    ...containers.flatMap((container, i) => {
      const at = `${path}[${i}]`;
      return [
        ...validateContainerCommon(container, at, context),
        ...take(container.name, at, false),
        ...validateHooks(container, at, spec.terminationGracePeriodSeconds),
        ...validateRestartPolicy(container, at),
      ];
    }),
    ...validateHostPorts(containers, path),
  ];
}

function validateInitContainers(
  spec: PodFields,
  path: string,
  context: ContainerContext,
  take: TakeName,
): FieldError[] {
  const detail = 'may not be set for init containers without restartPolicy=Always';
  return (spec.initContainers ?? []).flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const errors = [
      ...validateContainerCommon(container, at, context),
      ...validateRestartPolicy(container, at),
      ...take(container.name, at, true),
      // They run one after the other, so only one's own ports can be in its way.
      ...validateHostPorts([container], path),
    ];
    if (isSidecar(container)) {
      return [...errors, ...validateHooks(container, at, spec.terminationGracePeriodSeconds)];
    }
    return [
      ...errors,
      ...(['lifecycle', ...PROBES] as const)
        .filter((name) => container[name] !== undefined)
        .map((name) => forbidden(`${at}.${name}`, detail)),
      ...validateNoRestart(container, `${at}.resizePolicy`),
    ];
  });
}

/** What runs once, in its turn, cannot be restarted to be resized. */
function validateNoRestart({ resizePolicy = [] }: ContainerFields, path: string): FieldError[] {
  const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
  return resizePolicy.flatMap(({ restartPolicy }, i) =>
    restartPolicy === 'RestartContainer'
      ? [invalid(`${path}[${i}].restartPolicy`, restartPolicy, detail)]
      : [],
  );
}

function validateEphemeralContainers(
  spec: PodFields,
  path: string,
  context: ContainerContext,
  take: TakeName,
): FieldError[] {
  const targets = new Set(
    [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name),
  );
  return (spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const target = container.targetContainerName ?? '';
    return [
      ...validateContainerCommon(container, at, context),
      ...validateImageTrimmed(container, at),
      ...take(container.name, at, false),
      ...(target === '' || targets.has(target)
        ? []
        : [notFound(`${at}.targetContainerName`, target)]),
      ...validateEphemeralFields(container, at),
    ];
  });
}
