import type { RoleRef, Subject } from 'kubernetes-types/rbac/v1.js';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { nameIsPathSegment } from './role.ts';

const GROUP = 'rbac.authorization.k8s.io';
const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group'];

interface BindingFields {
  roleRef?: Partial<RoleRef>;
  subjects?: Partial<Subject>[];
}

const fieldsOf = (object: KubernetesObject): BindingFields => object as BindingFields;

export const roleBindingStrategy = newBindingStrategy(['Role', 'ClusterRole'], true);
export const clusterRoleBindingStrategy = newBindingStrategy(['ClusterRole'], false);

function newBindingStrategy(roleKinds: readonly string[], namespaced: boolean): Strategy {
  const validate = (object: KubernetesObject): FieldError[] => [
    ...validateRoleRef(fieldsOf(object).roleRef ?? {}, roleKinds),
    ...(fieldsOf(object).subjects ?? []).flatMap((subject, i) =>
      validateSubject(subject, namespaced, `subjects[${i}]`),
    ),
  ];
  return {
    setDefaults: setBindingDefaults,
    validate,
    validateUpdate: (object, old) => [...validate(object), ...validateRoleRefKept(object, old)],
    validateName: nameIsPathSegment,
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: true,
  };
}

function setBindingDefaults(object: KubernetesObject): void {
  const { roleRef, subjects } = fieldsOf(object);
  if (roleRef !== undefined) roleRef.apiGroup ||= GROUP;
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= GROUP;
  }
}

function validateRoleRef(ref: Partial<RoleRef>, kinds: readonly string[]): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = ref;
  const errors: FieldError[] = [];
  if (apiGroup !== GROUP) errors.push(notSupported('roleRef.apiGroup', apiGroup, [GROUP]));
  if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds));
  if (name === '') errors.push(required('roleRef.name'));
  else errors.push(...nameIsPathSegment(name).map((m) => invalid('roleRef.name', name, m)));
  return errors;
}

function validateSubject(subject: Partial<Subject>, namespaced: boolean, at: string): FieldError[] {
  const { kind = '', name = '', apiGroup = '', namespace = '' } = subject;
  const errors = name === '' ? [required(`${at}.name`)] : [];
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') {
        const messages = nameIsDNSSubdomain(name, false);
        errors.push(...messages.map((m) => invalid(`${at}.name`, name, m)));
      }
      if (apiGroup !== '') errors.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
      if (!namespaced && namespace === '') errors.push(required(`${at}.namespace`));
      return errors;
    case 'User':
    case 'Group':
      if (name === '') {
        errors.push(invalid(`${at}.name`, name, `${kind.toLowerCase()} name cannot be empty`));
      }
      if (apiGroup !== GROUP) errors.push(notSupported(`${at}.apiGroup`, apiGroup, [GROUP]));
      return errors;
    default:
      return [...errors, notSupported(`${at}.kind`, kind, SUBJECT_KINDS)];
  }
}

/** Who was given a role would else be given another one behind their back. */
function validateRoleRefKept(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [ref, before] = [fieldsOf(object).roleRef ?? {}, fieldsOf(old).roleRef ?? {}];
  const kept = (['apiGroup', 'kind', 'name'] as const).every(
    (field) => (ref[field] ?? '') === (before[field] ?? ''),
  );
  if (kept) return [];
  // As upstream's internal type prints it.
  const shown = { APIGroup: ref.apiGroup ?? '', Kind: ref.kind ?? '', Name: ref.name ?? '' };
  return [invalid('roleRef', shown, 'cannot change roleRef')];
}
