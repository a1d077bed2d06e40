import type { ContainerStatus, PodStatus } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  nameIsDNSSubdomain,
  validateQualifiedName,
  validateUserID,
} from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { familyOf, isDualStack, validateIP } from '../validate-ip.ts';
import { isSidecar, type PodFields } from './fields.ts';
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
}

interface StatusOfContainer extends Partial<ContainerStatus> {
  user?: { linux?: { uid?: number; gid?: number; supplementalGroups?: number[] } };
  allocatedResourcesStatus?: {
    name?: string;
    resources?: { resourceID?: string; health?: string }[];
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
  const { nominatedNodeName = '' } = now;
  return [
    ...validateAnnotationsKept(object, old),
    ...validatePodAnnotations(object.metadata.annotations, spec, 'metadata.annotations'),
    ...validateConditions(now),
    ...(nominatedNodeName === '' || nominatedNodeName === then.nominatedNodeName
      ? []
      : nameIsDNSSubdomain(nominatedNodeName, false).map((m) =>
          invalid('status.nominatedNodeName', nominatedNodeName, m),
        )),
    ...(now.qosClass === then.qosClass
      ? []
      : [invalid('status.qosClass', now.qosClass ?? '', IMMUTABLE)]),
    ...LISTS.flatMap((list) => validateTransitions(now, then, list, before)),
    ...validateClaimStatuses(now, spec),
    ...validateIPs(
      (now.podIPs ?? []).map(({ ip }) => ip ?? ''),
      'status.podIPs',
    ),
    ...validateHostIPs(now),
    ...LISTS.flatMap((list) => validateUsers(now[list] ?? [], `status.${list}`, spec)),
    ...LISTS.flatMap((list) => validateAllocated(now[list] ?? [], list, spec)),
  ];
}

function validateConditions(status: StatusFields): FieldError[] {
  return (status.conditions ?? []).flatMap(({ type = '' }: { type?: string }, i) =>
    SYSTEM_CONDITIONS.has(type)
      ? []
      : validateQualifiedName(type).map((m) => invalid(`metadata.conditions[${i}].Type`, type, m)),
  );
}

/** A container that is over stays over, unless it may restart. */
function validateTransitions(
  now: StatusFields,
  before: StatusFields,
  list: (typeof LISTS)[number],
  spec: PodFields,
): FieldError[] {
  const isEphemeral = list === 'ephemeralContainerStatuses';
  const ofPod = isEphemeral ? 'Never' : spec.restartPolicy;
  if (ofPod === 'Always') return [];
  const containers = list === 'initContainerStatuses' ? spec.initContainers : spec.containers;
  return (before[list] ?? []).flatMap((old, i) => {
    const { terminated } = old.state ?? {};
    if (terminated === undefined) return [];
    const container = isEphemeral ? undefined : containers?.find((c) => c.name === old.name);
    const policy = container?.restartPolicy ?? ofPod;
    const hasRules = (container?.restartPolicyRules ?? []).length > 0;
    if (hasRules || policy === 'Always') return [];
    if (container !== undefined && isSidecar(container)) return [];
    if (terminated.exitCode !== 0 && policy === 'OnFailure') return [];
    return (now[list] ?? [])
      .filter((status) => status.name === old.name && status.state?.terminated === undefined)
      .map(() =>
        forbidden(`status.${list}[${i}].state`, 'may not be transitioned to non-terminated state'),
      );
  });
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
    return [...errors, ...messages.map((m) => invalid(field, resourceClaimName, m))];
  });
}

/** At most one address of each family. */
function validateIPs(ips: readonly string[], field: string): FieldError[] {
  const errors = ips.flatMap((ip, i) => validateIP(ip, `${field}[${i}]`));
  if (ips.length < 2) return errors;
  const shown = ips.map((ip) => ({ IP: ip }));
  if (!isDualStack(ips.map(familyOf)) || ips.length > 2) {
    const detail = 'may specify no more than one IP for each IP family';
    errors.push(invalid(field, shown, detail));
  }
  ips.forEach((ip, i) => {
    if (ips.indexOf(ip) < i) errors.push(duplicate(`${field}[${i}]`, shown[i]));
  });
  return errors;
}

function validateHostIPs(status: StatusFields): FieldError[] {
  const ips = ((status as { hostIPs?: { ip?: string }[] }).hostIPs ?? []).map(({ ip }) => ip ?? '');
  const [first] = ips;
  if (first === undefined) return [];
  return [
    ...(first === (status.hostIP ?? '')
      ? []
      : [invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')]),
    ...validateIPs(ips, 'status.hostIPs'),
  ];
}

function validateUsers(
  statuses: readonly StatusOfContainer[],
  path: string,
  spec: PodFields,
): FieldError[] {
  return statuses.flatMap(({ user }, i) => {
    const linux = user?.linux;
    const at = `${path}[${i}].linux`;
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
      resources.forEach(({ resourceID = '', health = '' }, k) => {
        const field = `${at}[${j}].resources[${k}]`;
        if (!HEALTH.includes(health)) errors.push(notSupported(`${field}.health`, health, HEALTH));
        if (ids.has(resourceID)) errors.push(duplicate(`${field}.resourceID`, resourceID));
        ids.add(resourceID);
      });
      return errors;
    });
  });
}
