import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { byteLength, validateUserID } from '../../../../apimachinery/names.ts';
import { type ContainerSecurity, type PodFields, visitContainers } from './fields.ts';
import { validateAppArmor, validateSeccomp } from './security-profiles.ts';
import { validateWindowsOptions } from './validate-windows.ts';

const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const SYSCTL_PATTERN = new RegExp(SYSCTL);
const MAX_SYSCTL_BYTES = 253;
/** Kernel parameters that exist once per IPC namespace. */
const IPC_SYSCTLS = /^(kernel\.shm|kernel\.msg|kernel\.sem$|fs\.mqueue\.)/;

function validateID(id: number | undefined, field: string): FieldError[] {
  return id === undefined ? [] : validateUserID(id).map((m) => invalid(field, id, m));
}

function member(value: string | undefined, valid: readonly string[], field: string): FieldError[] {
  return value === undefined || valid.includes(value) ? [] : [notSupported(field, value, valid)];
}

/** Validates the security context of a container. */
export function validateContainerSecurity(
  context: ContainerSecurity | undefined,
  path: string,
  hostUsers: boolean,
): FieldError[] {
  if (context === undefined) return [];
  const { privileged, procMount, allowPrivilegeEscalation, capabilities } = context;
  const errors = [
    ...validateID(context.runAsUser, `${path}.runAsUser`),
    ...validateID(context.runAsGroup, `${path}.runAsGroup`),
    ...member(procMount, ['Default', 'Unmasked'], `${path}.procMount`),
  ];
  if (hostUsers && procMount === 'Unmasked') {
    const detail = '`hostUsers` must be false to use `Unmasked`';
    errors.push(invalid(`${path}.procMount`, procMount, detail));
  }
  errors.push(...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`));
  if (allowPrivilegeEscalation === false) {
    const refuse = (what: string): void => {
      const detail = `cannot set \`allowPrivilegeEscalation\` to false and ${what}`;
      errors.push(invalid(path, shownContext(context), detail));
    };
    if (privileged === true) refuse('`privileged` to true');
    for (const capability of capabilities?.add ?? []) {
      if (capability === 'CAP_SYS_ADMIN') refuse('`capabilities.Add` CAP_SYS_ADMIN');
    }
  }
  return [
    ...errors,
    ...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    ...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
  ];
}

/** As upstream's internal type prints it. */
function shownContext(context: ContainerSecurity): object {
  const { capabilities } = context;
  return {
    Capabilities:
      capabilities === undefined
        ? null
        : { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null },
    Privileged: context.privileged ?? null,
    SELinuxOptions: context.seLinuxOptions ?? null,
    WindowsOptions: context.windowsOptions ?? null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: context.seccompProfile ?? null,
    AppArmorProfile: context.appArmorProfile ?? null,
  };
}

/** Validates the security context of a pod. */
export function validatePodSecurity(spec: PodFields, path: string): FieldError[] {
  const context = spec.securityContext ?? {};
  const errors = [
    ...validateID(context.fsGroup, `${path}.fsGroup`),
    ...validateID(context.runAsUser, `${path}.runAsUser`),
    ...validateID(context.runAsGroup, `${path}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((id, i) =>
      validateID(id, `${path}.supplementalGroups[${i}]`),
    ),
  ];
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid(`${path}.shareProcessNamespace`, true, detail));
  }
  return [
    ...errors,
    ...validateSysctls(spec, `${path}.sysctls`),
    ...member(
      context.fsGroupChangePolicy,
      ['Always', 'OnRootMismatch'],
      `${path}.fsGroupChangePolicy`,
    ),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    ...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    ...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
    ...member(
      context.supplementalGroupsPolicy,
      ['Merge', 'Strict'],
      `${path}.supplementalGroupsPolicy`,
    ),
    ...member(
      context.seLinuxChangePolicy,
      ['MountOption', 'Recursive'],
      `${path}.seLinuxChangePolicy`,
    ),
  ];
}

function validateSysctls(spec: PodFields, path: string): FieldError[] {
  const names = new Set<string>();
  return (spec.securityContext?.sysctls ?? []).flatMap(({ name = '' }: { name?: string }, i) => {
    const field = `${path}[${i}].name`;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(field));
    else if (byteLength(name) > MAX_SYSCTL_BYTES || !SYSCTL_PATTERN.test(name)) {
      const detail = `must have at most ${MAX_SYSCTL_BYTES} characters and match regex ${SYSCTL}`;
      errors.push(invalid(field, name, detail));
    } else if (names.has(name)) errors.push(duplicate(field, name));
    names.add(name);
    // A parameter of a namespace that is the host's would be set for the host.
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork === true && dotted.startsWith('net.')) {
      errors.push(invalid(field, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC === true && IPC_SYSCTLS.test(dotted)) {
      errors.push(invalid(field, name, "may not be specified when 'hostIPC' is true"));
    }
    return errors;
  });
}

/** A pod with users of its own shares no other namespace with the host (KEP-127). */
export function validateHostUsers(spec: PodFields, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const detail = 'when `hostUsers` is false';
  return [
    ...(spec.hostNetwork === true ? [forbidden(`${path}.hostNetwork`, detail)] : []),
    ...(spec.hostPID === true ? [forbidden(`${path}.HostPID`, detail)] : []),
    ...(spec.hostIPC === true ? [forbidden(`${path}.HostIPC`, detail)] : []),
    // A device has the owners that the host gave it.
    ...visitContainers(spec, path).flatMap(({ container, at }) =>
      (container.volumeDevices ?? []).length === 0
        ? []
        : [forbidden(`${at}.volumeDevices`, detail)],
    ),
  ];
}
