import type { WindowsSecurityContextOptions } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { byteLength, validateDNS1123Subdomain } from '../../../../apimachinery/names.ts';
import { type PodFields, visitContainers } from './fields.ts';

const MAX_CREDENTIAL_KIB = 64;
const MAX_DOMAIN_LENGTH = 256;
const MAX_USER_LENGTH = 104;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
const NOT_IN_USERS = /["/\\:;|=,+*?<>@[\]]/;

/** Validates what is said about Windows in a security context. */
export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  path: string,
): FieldError[] {
  if (options === undefined) return [];
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: credentials } = options;
  const errors: FieldError[] = [];
  if (name !== undefined) {
    const field = `${path}.gmsaCredentialSpecName`;
    errors.push(...validateDNS1123Subdomain(name).map((m) => invalid(field, name, m)));
  }
  if (credentials !== undefined) {
    const field = `${path}.gmsaCredentialSpec`;
    if (credentials === '') {
      errors.push(invalid(field, credentials, 'gmsaCredentialSpec cannot be an empty string'));
    } else if (byteLength(credentials) > MAX_CREDENTIAL_KIB * 1024) {
      const detail = `gmsaCredentialSpec size must be under ${MAX_CREDENTIAL_KIB} KiB`;
      errors.push(invalid(field, credentials, detail));
    }
  }
  if (options.runAsUserName === undefined) return errors;
  const problems = userNameProblems(options.runAsUserName);
  const field = `${path}.runAsUserName`;
  return [...errors, ...problems.map((text) => invalid(field, options.runAsUserName, text))];
}

/** `user`, or `domain\user`. */
function userNameProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const problems: string[] = [];
  if (domain !== undefined) {
    if (byteLength(domain) >= MAX_DOMAIN_LENGTH) {
      problems.push(`runAsUserName's Domain length must be under ${MAX_DOMAIN_LENGTH} characters`);
    }
    if (!NETBIOS.test(domain) && !DNS.test(domain)) {
      problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
  }
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  else if (byteLength(user) > MAX_USER_LENGTH) {
    problems.push(
      `runAsUserName's User length must not be longer than ${MAX_USER_LENGTH} characters`,
    );
  }
  if (/^[. ]+$/.test(user)) {
    problems.push("runAsUserName's User cannot contain only periods or spaces");
  }
  if (NOT_IN_USERS.test(user)) {
    problems.push(
      'runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]',
    );
  }
  return problems;
}

/** Containers that are processes of the host are so all together, in the host's network. */
export function validateHostProcess(spec: PodFields, path: string): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = visitContainers(spec, path);
  const errors: FieldError[] = [];
  let count = 0;
  for (const { container, at } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, detail));
    }
    if (own ?? ofPod ?? false) count++;
  }
  if (count === 0) return errors;
  if (count !== containers.length) {
    const detail =
      'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(path, '', detail));
  }
  if (spec.hostNetwork !== true) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalid(`${path}.hostNetwork`, false, detail));
  }
  return errors;
}

const POD_FIELDS = [
  'securityContext.appArmorProfile',
  'securityContext.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'securityContext.seccompProfile',
  'securityContext.fsGroup',
  'securityContext.fsGroupChangePolicy',
  'securityContext.sysctls',
  'shareProcessNamespace',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.supplementalGroups',
  'securityContext.supplementalGroupsPolicy',
  'securityContext.seLinuxChangePolicy',
] as const;
const CONTAINER_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;
/** What is given by being true, and by having entries. */
const BY_VALUE = new Set<string>(['hostPID', 'hostIPC']);

/** What a pod that says which system it is for may not set. */
export function validateOS(spec: PodFields, path: string): FieldError[] {
  const { os } = spec;
  if (os === undefined) return [];
  const { name = '' } = os as { name?: string };
  if (name === '') return [required(`${path}.os.name`, 'cannot be empty')];
  if (name === 'linux') return validateLinux(spec, path);
  if (name === 'windows') return validateWindows(spec, path);
  return [notSupported(`${path}.os`, name, ['linux', 'windows'])];
}

function validateLinux(spec: PodFields, path: string): FieldError[] {
  const detail = 'windows options cannot be set for a linux pod';
  const contexts = [
    { context: spec.securityContext, at: path },
    ...visitContainers(spec, path).map(({ container, at }) => ({
      context: container.securityContext,
      at,
    })),
  ];
  return contexts.flatMap(({ context, at }) =>
    context?.windowsOptions === undefined
      ? []
      : [forbidden(`${at}.securityContext.windowsOptions`, detail)],
  );
}

function validateWindows(spec: PodFields, path: string): FieldError[] {
  const detail = 'cannot be set for a windows pod';
  const fields = spec as Readonly<Record<string, unknown>>;
  const inContext = (spec.securityContext ?? {}) as Readonly<Record<string, unknown>>;
  const isSet = (name: string): boolean => {
    const [first = '', second] = name.split('.');
    const value = second === undefined ? fields[first] : inContext[second];
    if (BY_VALUE.has(name)) return value === true;
    return Array.isArray(value) && second === 'sysctls' ? value.length > 0 : value !== undefined;
  };
  return [
    ...POD_FIELDS.filter(isSet).map((name) => forbidden(`${path}.${name}`, detail)),
    ...visitContainers(spec, path).flatMap(({ container, at }) =>
      CONTAINER_FIELDS.filter((name) => container.securityContext?.[name] !== undefined).map(
        (name) => forbidden(`${at}.securityContext.${name}`, detail),
      ),
    ),
  ];
}
