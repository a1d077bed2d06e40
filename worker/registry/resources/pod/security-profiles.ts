import type { AppArmorProfile, SeccompProfile } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import { byteLength } from '../../../../apimachinery/names.ts';
import { type PodFields, visitContainers } from './fields.ts';
import { validateLocalPath } from './validate-local-path.ts';

/** Seccomp and AppArmor profiles: as fields, and as the annotations that fields replaced. */

type Annotations = Readonly<Record<string, string>> | undefined;

const TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
/** PATH_MAX less the terminating zero. */
const MAX_PROFILE_BYTES = 4095;
const LOCALHOST = 'localhost/';

export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
export const APPARMOR_CONTAINER = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_DEFAULTS = ['runtime/default', 'docker/default'];

export function validateSeccomp(
  profile: Partial<SeccompProfile> | undefined,
  path: string,
): FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (type === '') {
    errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  } else if (!TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES));
  const field = `${path}.localhostProfile`;
  if (type === 'Localhost') {
    errors.push(
      ...(localhostProfile === undefined
        ? [required(field, 'must be set when seccomp type is Localhost')]
        : validateLocalPath(localhostProfile, field)),
    );
  } else if (localhostProfile !== undefined) {
    // As upstream's internal type prints it.
    const shown = { Type: type, LocalhostProfile: localhostProfile };
    errors.push(invalid(field, shown, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

export function validateAppArmor(
  profile: Partial<AppArmorProfile> | undefined,
  path: string,
): FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const field = `${path}.localhostProfile`;
  if (type === '') {
    return [required(`${path}.type`, 'type is required when appArmorProfile is set')];
  }
  if (!TYPES.includes(type)) return [notSupported(`${path}.type`, type, TYPES)];
  if (type !== 'Localhost') {
    const detail = 'can only be set when AppArmor type is Localhost';
    return localhostProfile === undefined ? [] : [invalid(field, localhostProfile, detail)];
  }
  const missing = required(field, 'must be set when AppArmor type is Localhost');
  if (localhostProfile === undefined) return [missing];
  const errors: FieldError[] = [];
  if (localhostProfile.trim() !== localhostProfile) {
    errors.push(invalid(field, localhostProfile, 'must not be padded with whitespace'));
  } else if (localhostProfile === '') errors.push(missing);
  if (byteLength(localhostProfile) > MAX_PROFILE_BYTES) {
    errors.push(tooLong(field, MAX_PROFILE_BYTES));
  }
  return errors;
}

/** The annotations by themselves. */
export function validateProfileAnnotations(
  annotations: Annotations,
  spec: PodFields,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const entries = Object.entries(annotations ?? {});
  for (const [key, value] of entries) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) {
      errors.push(...validateSeccompText(value, `${path}.${key}`));
    }
  }
  const names = new Set(visitContainers(spec, '').map(({ container }) => container.name));
  for (const [key, value] of entries) {
    if (!key.startsWith(APPARMOR_CONTAINER)) continue;
    const name = key.slice(APPARMOR_CONTAINER.length);
    const field = `${path}[${key}]`;
    if (!names.has(name)) errors.push(invalid(field, name, 'container not found'));
    const isKnown = value === '' || value === 'runtime/default' || value === 'unconfined';
    if (!isKnown && !value.startsWith(LOCALHOST)) {
      const detail = `invalid AppArmor profile name: ${JSON.stringify(value)}`;
      errors.push(invalid(field, value, detail));
    }
  }
  return errors;
}

function validateSeccompText(value: string, field: string): FieldError[] {
  if (SECCOMP_DEFAULTS.includes(value) || value === 'unconfined') return [];
  if (value.startsWith(LOCALHOST)) return validateLocalPath(value.slice(LOCALHOST.length), field);
  return [invalid(field, value, 'must be a valid seccomp profile')];
}

type Profile = Partial<SeccompProfile>;

/** Whoever says it both ways says the same both times. `what` is `seccomp` or `apparmor`. */
function validateMatch(
  annotation: string,
  { type, localhostProfile }: Profile,
  path: string,
  what: string,
): FieldError[] {
  const wrongType = forbidden(`${path}.type`, `${what} type in annotation and field must match`);
  switch (type) {
    case 'Unconfined':
      return annotation === 'unconfined' ? [] : [wrongType];
    case 'RuntimeDefault': {
      const matches = what === 'seccomp' ? SECCOMP_DEFAULTS : ['runtime/default'];
      return matches.includes(annotation) ? [] : [wrongType];
    }
    case 'Localhost':
      if (!annotation.startsWith(LOCALHOST)) return [wrongType];
      return annotation.slice(LOCALHOST.length) === localhostProfile
        ? []
        : [
            forbidden(
              `${path}.localhostProfile`,
              `${what} profile in annotation and field must match`,
            ),
          ];
    default:
      return [];
  }
}

/** Annotations against fields, for pods and for templates. */
export function validateProfilesMatch(
  annotations: Annotations,
  spec: PodFields,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const compare = (
    key: string,
    profile: Profile | undefined,
    at: string,
    what: 'seccomp' | 'apparmor',
  ): void => {
    const annotation = annotations?.[key];
    if (annotation === undefined || profile === undefined) return;
    errors.push(...validateMatch(annotation, profile, at, what));
  };
  const pod = spec.securityContext;
  compare(SECCOMP_POD, pod?.seccompProfile, `${path}.securityContext.seccompProfile`, 'seccomp');
  const containers = visitContainers(spec, path);
  for (const { container, at } of containers) {
    const profile = container.securityContext?.seccompProfile;
    const field = `${at}.securityContext.seccompProfile`;
    compare(`${SECCOMP_CONTAINER}${container.name}`, profile, field, 'seccomp');
  }
  if (spec.os?.name === 'windows') return errors;
  for (const { container, at } of containers) {
    const profile = container.securityContext?.appArmorProfile ?? pod?.appArmorProfile;
    const field = `${at}.securityContext.appArmorProfile`;
    compare(`${APPARMOR_CONTAINER}${container.name}`, profile, field, 'apparmor');
  }
  return errors;
}
