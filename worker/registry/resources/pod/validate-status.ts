import type { ContainerStatus, PodStatus } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  byteLength,
  nameIsDNSSubdomain,
  validateDNS1123Label,
  validateQualifiedName,
  validateUserID,
} from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { familyOf, isDualStack, validateIP } from '../../addresses/validate-ip.ts';
import type { ContainerFields, PodFields, PodStatusFields } from './fields.ts';
import { validateAnnotationsKept, validatePodAnnotations } from './validate-annotations.ts';
import { podSpecOf } from './validate-pod.ts';

/** The status, with the fields that the package of types does not know yet. */
interface StatusFields extends Omit<
  PodStatus,
  'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses'
> {
  containerStatuses?: StatusOfContainer[];
  initContainerStatuses?: StatusOfContainer[];
  ephemeralContainerStatuses?: StatusOfContainer[];
  resourceClaimStatuses?: { name: string; resourceClaimName?: string }[];
  observedGeneration?: number;
  extendedResourceClaimStatus?: {
    requestMappings?: RequestMapping[] | null;
    resourceClaimName?: string;
  };
}

interface RequestMapping {
  containerName?: string;
  resourceName?: string;
  requestName?: string;
}

interface StatusOfContainer extends Partial<ContainerStatus> {
  user?: { linux?: { uid?: number; gid?: number; supplementalGroups?: number[] } };
  allocatedResourcesStatus?: {
    name?: string;
    resources?: { resourceID?: string; health?: string; message?: string }[];
  }[];
}

const LISTS = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;
const SYSTEM_CONDITIONS = new Set(['PodScheduled', 'Ready', 'Initialized']);

const statusOf = (object: KubernetesObject): StatusFields => object.status ?? {};

/** What may be written to a pod's status (ValidatePodStatusUpdate). */
export function validatePodStatusUpdate(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const spec = podSpecOf(object);
  const before = podSpecOf(old);
  const [now, then] = [statusOf(object), statusOf(old)];
  return [
    ...validateAnnotationsKept(object, old),
    ...validatePodAnnotations(object.metadata.annotations, spec, 'metadata.annotations'),
    ...validateConditions(now),
    ...validateNomination(now, then, before),
    ...validateGeneration(now.observedGeneration, 'status.observedGeneration'),
    ...(now.qosClass === then.qosClass
      ? []
      : [invalid('status.qosClass', now.qosClass ?? '', IMMUTABLE)]),
    ...LISTS.flatMap((list) => validateTransitions(now, then, list, before)),
    ...validateClaimStatuses(now, spec),
    ...validateExtendedClaim(now.extendedResourceClaimStatus, spec),
    ...validateIPs(ipsOf(now.podIPs), 'status.podIPs', ipsOf(then.podIPs)),
    ...validateHostIPs(now, then),
    ...LISTS.flatMap((list) => validateUsers(now[list] ?? [], `status.${list}`, spec)),
    ...LISTS.flatMap((list) => validateAllocated(now[list] ?? [], list, spec)),
  ];
}

/** Where a pod may run is of no more interest once it runs somewhere. */
function validateNomination(
  { nominatedNodeName = '' }: StatusFields,
  then: StatusFields,
  before: PodFields,
): FieldError[] {
  const field = 'status.nominatedNodeName';
  if (nominatedNodeName === '' || nominatedNodeName === then.nominatedNodeName) return [];
  const errors = nameIsDNSSubdomain(nominatedNodeName, false).map((m) =>
    invalid(field, nominatedNodeName, m),
  );
  if (!before.nodeName) return errors;
  return [...errors, forbidden(field, 'may not be set on pods that are already bound to a node')];
}

function validateGeneration(generation: number | undefined, field: string): FieldError[] {
  return (generation ?? 0) < 0
    ? [invalid(field, generation, 'must be a non-negative integer')]
    : [];
}

type Condition = { type?: string; observedGeneration?: number };

function validateConditions(status: StatusFields): FieldError[] {
  return (status.conditions ?? []).flatMap(({ type = '', observedGeneration }: Condition, i) => {
    const at = `status.conditions[${i}]`;
    return [
      ...validateGeneration(observedGeneration, `${at}.observedGeneration`),
      ...(SYSTEM_CONDITIONS.has(type)
        ? []
        : validateQualifiedName(type).map((m) => invalid(`${at}.Type`, type, m))),
    ];
  });
}

/** A container that is over stays over, unless it may restart. */
function validateTransitions(
  now: StatusFields,
  before: StatusFields,
  list: (typeof LISTS)[number],
  spec: PodFields,
): FieldError[] {
  const isEphemeral = list === 'ephemeralContainerStatuses';
  if (!isEphemeral && mayAllRestart(spec)) return [];
  const containers = list === 'initContainerStatuses' ? spec.initContainers : spec.containers;
  return (before[list] ?? []).flatMap((old, i) => {
    const { terminated } = old.state ?? {};
    if (terminated === undefined) return [];
    const restarted = (now[list] ?? []).filter(
      (status) => status.name === old.name && status.state?.terminated === undefined,
    );
    const container = isEphemeral ? undefined : containers?.find((c) => c.name === old.name);
    const mayRestart = container !== undefined && restarts(container, spec, terminated.exitCode);
    if (restarted.length === 0 || mayRestart) return [];
    const detail = 'may not be transitioned to non-terminated state';
    return [forbidden(`status.${list}[${i}].state`, detail)];
  });
}

/** Whether a container can restart the whole pod (KEP-5532). */
const mayAllRestart = (spec: PodFields): boolean =>
  [...(spec.initContainers ?? []), ...(spec.containers ?? [])].some((container) =>
    container.restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  );

/** Whether a container restarts that ended so: by its rules, its own policy, or its pod's. */
function restarts(container: ContainerFields, spec: PodFields, exitCode = 0): boolean {
  if (container.restartPolicy !== undefined) {
    const rule = container.restartPolicyRules?.find(({ exitCodes }) => {
      const isListed = exitCodes?.values?.includes(exitCode) ?? false;
      return exitCodes !== undefined && isListed === (exitCodes.operator === 'In');
    });
    if (rule?.action === 'Restart') return true;
  }
  const policy = container.restartPolicy ?? spec.restartPolicy;
  return policy === 'OnFailure' ? exitCode !== 0 : policy !== 'Never';
}

function validateClaimStatuses(status: StatusFields, spec: PodFields): FieldError[] {
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  return (status.resourceClaimStatuses ?? []).flatMap(({ name, resourceClaimName }, i) => {
    const field = `status.resourceClaimStatuses[${i}].name`;
    const errors: FieldError[] = [];
    if (!claims.has(name)) {
      const detail = 'must match the name of an entry in `spec.resourceClaims`';
      errors.push(invalid(field, name ?? '', detail));
    }
    if (seen.has(name)) errors.push(duplicate(field, name));
    seen.add(name);
    if (resourceClaimName === undefined) return errors;
    const messages = nameIsDNSSubdomain(resourceClaimName, false);
    const at = `status.resourceClaimStatuses[${i}].resourceClaimName`;
    return [...errors, ...messages.map((m) => invalid(at, resourceClaimName, m))];
  });
}

/** The claim that was made for extended resources that containers ask for (KEP-5004). */
function validateExtendedClaim(
  status: StatusFields['extendedResourceClaimStatus'],
  spec: PodFields,
): FieldError[] {
  if (status === undefined) return [];
  const path = 'status.extendedResourceClaimStatus';
  const { resourceClaimName = '' } = status;
  // Required in the schema, where absent becomes null.
  const requestMappings = status.requestMappings ?? [];
  const errors: FieldError[] = [];
  if (requestMappings.length === 0) {
    errors.push(required(`${path}.requestMappings`, 'at least one request mapping is required'));
  }
  const containers = new Map(
    [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((c) => [c.name, c]),
  );
  const seen = new Set<string>();
  requestMappings.forEach(({ containerName = '', resourceName = '', requestName = '' }, i) => {
    const at = `${path}.requestMappings[${i}]`;
    const container = containers.get(containerName);
    if (container === undefined) {
      const detail =
        'must match the name of an entry in spec.initContainers.name or spec.containers.name';
      errors.push(invalid(`${at}.containerName`, containerName, detail));
    } else if (!Object.hasOwn(container.resources?.requests ?? {}, resourceName)) {
      const detail =
        'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';
      errors.push(invalid(`${at}.resourceName`, resourceName, detail));
    }
    const messages = validateDNS1123Label(requestName);
    errors.push(...messages.map((m) => invalid(`${path}.requestName`, requestName, m)));
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) {
      errors.push(
        duplicate(`${at}.containerName`, containerName),
        duplicate(`${at}.resourceName`, resourceName),
        duplicate(`${at}.requestName`, requestName),
      );
    }
    seen.add(key);
  });
  const field = `${path}.resourceClaimName`;
  if (resourceClaimName === '') return [...errors, required(field)];
  const messages = nameIsDNSSubdomain(resourceClaimName, false);
  return [...errors, ...messages.map((m) => invalid(field, resourceClaimName, m))];
}

const ipsOf = (list: readonly { ip?: string }[] | undefined): string[] =>
  (list ?? []).map(({ ip }) => ip ?? '');

/** At most one address of each family. */
function validateIPs(ips: readonly string[], field: string, kept: readonly string[]): FieldError[] {
  const errors = ips.flatMap((ip, i) => validateIP(ip, `${field}[${i}]`, kept));
  if (ips.length < 2 || (isDualStack(ips.map(familyOf)) && ips.length === 2)) return errors;
  const shown = ips.map((ip) => ({ IP: ip }));
  const detail = 'may specify no more than one IP for each IP family';
  return [...errors, invalid(field, shown, detail)];
}

function validateHostIPs(now: StatusFields, then: StatusFields): FieldError[] {
  const ips = ipsOf((now as PodStatusFields).hostIPs);
  const [first] = ips;
  if (first === undefined) return [];
  return [
    ...(first === (now.hostIP ?? '')
      ? []
      : [invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')]),
    ...validateIPs(ips, 'status.hostIPs', ipsOf((then as PodStatusFields).hostIPs)),
  ];
}

function validateUsers(
  statuses: readonly StatusOfContainer[],
  path: string,
  spec: PodFields,
): FieldError[] {
  return statuses.flatMap(({ user }, i) => {
    const linux = user?.linux;
    const at = `${path}[${i}].user.linux`;
    if (linux === undefined) return [];
    if (spec.os?.name === 'windows') return [forbidden(at, 'cannot be set for a windows pod')];
    const check = (id: number | undefined, field: string): FieldError[] =>
      validateUserID(id ?? 0).map((m) => invalid(field, id ?? 0, m));
    return [
      ...check(linux.uid, `${at}.uid`),
      ...check(linux.gid, `${at}.gid`),
      ...(linux.supplementalGroups ?? []).flatMap((id, j) =>
        check(id, `${at}.supplementalGroups[${j}]`),
      ),
    ];
  });
}

const MAX_HEALTH_MESSAGE_BYTES = 1024;
const HEALTH = ['Healthy', 'Unhealthy', 'Unknown'];

/** How the devices are that a container was given. */
function validateAllocated(
  statuses: readonly StatusOfContainer[],
  list: (typeof LISTS)[number],
  spec: PodFields,
): FieldError[] {
  const isEphemeral = list === 'ephemeralContainerStatuses';
  const containers = list === 'initContainerStatuses' ? spec.initContainers : spec.containers;
  return statuses.flatMap((status, i) => {
    const at = `status.${list}[${i}].allocatedResourcesStatus`;
    const allocated = status.allocatedResourcesStatus ?? [];
    if (isEphemeral) {
      const detail = 'must not be specified in container status';
      return allocated.length === 0 ? [] : [forbidden(at, detail)];
    }
    const container = containers?.find(({ name }) => name === status.name);
    return allocated.flatMap(({ name = '', resources = [] }, j) => {
      const errors: FieldError[] = [];
      const isClaim = name.startsWith('claim:');
      const known = isClaim
        ? (container?.resources?.claims ?? []).map(
            (c) => `claim:${c.name ?? ''}${c.request ? `/${c.request}` : ''}`,
          )
        : Object.keys(container?.resources?.requests ?? {});
      if (container !== undefined && !known.includes(name)) {
        const detail = isClaim
          ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
          : "must match one of the container's resource requests";
        errors.push(invalid(`${at}[${j}].name`, name, detail));
      }
      const ids = new Set<string>();
      resources.forEach(({ resourceID = '', health = '', message }, k) => {
        const field = `${at}[${j}].resources[${k}]`;
        if (!HEALTH.includes(health)) errors.push(notSupported(`${field}.health`, health, HEALTH));
        if (message === '') {
          errors.push(required(`${field}.message`, 'must be non-empty if specified'));
        } else if (byteLength(message ?? '') > MAX_HEALTH_MESSAGE_BYTES) {
          errors.push(tooLong(`${field}.message`, MAX_HEALTH_MESSAGE_BYTES));
        }
        if (ids.has(resourceID)) errors.push(duplicate(`${field}.resourceID`, resourceID));
        ids.add(resourceID);
      });
      return errors;
    });
  });
}
