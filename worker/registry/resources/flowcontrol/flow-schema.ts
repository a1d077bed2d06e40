import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from 'kubernetes-types/flowcontrol/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSLabel, nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { dropStatus, keepStatus } from '../status-subresource.ts';
import { FLOW_STATUS, validateFlowStatus } from './flow-status.ts';
import { MANDATORY_SCHEMAS } from './mandatory.ts';

const DEFAULT_PRECEDENCE = 1000;
const MAX_PRECEDENCE = 10_000;
const METHODS = ['ByNamespace', 'ByUser'];
const SUBJECT_KINDS = ['Group', 'ServiceAccount', 'User'];
const VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
];

const specOf = (object: KubernetesObject): Partial<FlowSchemaSpec> => object.spec ?? {};

export const flowSchemaStrategy: Strategy = {
  setDefaults(object) {
    object.spec ??= {};
    const spec = specOf(object);
    spec.matchingPrecedence ||= DEFAULT_PRECEDENCE;
  },
  prepareForCreate: dropStatus,
  validate: validateFlowSchema,
  prepareForUpdate: keepStatus,
  validateUpdate: validateFlowSchema,
  validateName: nameIsDNSSubdomain,
  subresources: { status: FLOW_STATUS },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateFlowSchema(object: KubernetesObject): FieldError[] {
  const { name = '' } = object.metadata;
  const errors = validateSpec(specOf(object), name);
  const fixed = Object.hasOwn(MANDATORY_SCHEMAS, name) ? MANDATORY_SCHEMAS[name] : undefined;
  if (fixed !== undefined && !deepEqual(object.spec, fixed)) {
    errors.push(invalid('spec', object.spec, `spec of '${name}' must equal the fixed value`));
  }
  return [...errors, ...validateFlowStatus(object)];
}

function validateSpec(spec: Partial<FlowSchemaSpec>, name: string): FieldError[] {
  const { matchingPrecedence: precedence = 0, distinguisherMethod, rules = [] } = spec;
  const errors: FieldError[] = [];
  const refuse = (detail: string): void => {
    errors.push(invalid('spec.matchingPrecedence', precedence, detail));
  };
  if (precedence <= 0) refuse('must be a positive value');
  if (precedence > MAX_PRECEDENCE) refuse(`must not be greater than ${MAX_PRECEDENCE}`);
  if (precedence === 1 && name !== 'exempt') {
    refuse("only the schema named 'exempt' may have matchingPrecedence 1");
  }
  if (distinguisherMethod !== undefined && !METHODS.includes(distinguisherMethod.type)) {
    // As upstream's internal type prints it.
    const shown = { Type: distinguisherMethod.type };
    errors.push(notSupported('spec.distinguisherMethod.type', shown, METHODS));
  }
  const field = 'spec.priorityLevelConfiguration.name';
  const level = spec.priorityLevelConfiguration?.name ?? '';
  if (level === '') errors.push(required(field, 'must reference a priority level'));
  else errors.push(...nameIsDNSSubdomain(level, false).map((m) => invalid(field, level, m)));
  rules.forEach((rule, i) => errors.push(...validateRules(rule, `spec.rules[${i}]`)));
  return errors;
}

function validateRules(rules: PolicyRulesWithSubjects, at: string): FieldError[] {
  const { resourceRules = [], nonResourceRules = [] } = rules;
  // The decoder makes a null of a required list that is not there.
  const subjects = (rules.subjects as Subject[] | null) ?? [];
  const errors =
    subjects.length === 0
      ? [required(`${at}.subjects`, 'subjects must contain at least one value')]
      : subjects.flatMap((subject, i) => validateSubject(subject, `${at}.subjects[${i}]`));
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    const detail = 'at least one of resourceRules and nonResourceRules has to be non-empty';
    errors.push(required(at, detail));
  }
  resourceRules.forEach((rule, i) =>
    errors.push(...validateResourceRule(rule, `${at}.resourceRules[${i}]`)),
  );
  nonResourceRules.forEach((rule, i) =>
    errors.push(...validateNonResourceRule(rule, `${at}.nonResourceRules[${i}]`)),
  );
  return errors;
}

/** By the kind of a subject the field that says who it is, in upstream's order. */
const FIELDS = [
  ['ServiceAccount', 'serviceAccount'],
  ['User', 'user'],
  ['Group', 'group'],
] as const;

function validateSubject(subject: Subject, at: string): FieldError[] {
  const own = FIELDS.find(([kind]) => kind === subject.kind);
  if (own === undefined) return [notSupported(`${at}.kind`, subject.kind, SUBJECT_KINDS)];
  const [ownKind, ownField] = own;
  const errors =
    subject[ownField] === undefined
      ? [required(`${at}.${ownField}`, `${ownField} is required when subject kind is '${ownKind}'`)]
      : validateIdentity(subject, ownField, `${at}.${ownField}`);
  for (const [kind, field] of FIELDS) {
    if (kind === ownKind || subject[field] === undefined) continue;
    const detail = `${field} is forbidden when subject kind is not '${kind}'`;
    errors.push(forbidden(`${at}.${field}`, detail));
  }
  return errors;
}

function validateIdentity(
  subject: Subject,
  field: 'serviceAccount' | 'user' | 'group',
  at: string,
): FieldError[] {
  const name = subject[field]?.name ?? '';
  const errors = name === '' ? [required(`${at}.name`)] : [];
  if (field !== 'serviceAccount') return errors;
  if (name !== '' && name !== '*') {
    errors.push(...nameIsDNSSubdomain(name, false).map((m) => invalid(`${at}.name`, name, m)));
  }
  const namespace = subject.serviceAccount?.namespace ?? '';
  if (namespace === '') {
    const detail = 'must specify namespace for service account';
    return [...errors, required(`${at}.namespace`, detail)];
  }
  const messages = nameIsDNSLabel(namespace, false);
  return [...errors, ...messages.map((m) => invalid(`${at}.namespace`, namespace, m))];
}

function validateVerbs(sent: readonly string[] | null, field: string): FieldError[] {
  const verbs = sent ?? [];
  if (verbs.length === 0) return [required(field, 'verbs must contain at least one value')];
  if (verbs.includes('*')) {
    const detail = "if '*' is present, must not specify other verbs";
    return verbs.length > 1 ? [invalid(field, verbs, detail)] : [];
  }
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(field, verbs, VERBS)];
}

function validateResourceRule(rule: ResourcePolicyRule, at: string): FieldError[] {
  const { namespaces = [], clusterScope = false } = rule;
  const errors = validateVerbs(rule.verbs, `${at}.verbs`);
  const requireSome = (field: 'apiGroups' | 'resources', one: string, many: string): void => {
    const list = (rule[field] as string[] | null) ?? [];
    if (list.length === 0) {
      const detail = `resource rules must supply at least one ${one}`;
      errors.push(required(`${at}.${field}`, detail));
    } else if (list.length > 1 && list.includes('*')) {
      const detail = `if '*' is present, must not specify other ${many}`;
      errors.push(invalid(`${at}.${field}`, list, detail));
    }
  };
  requireSome('apiGroups', 'api group', 'api groups');
  requireSome('resources', 'resource', 'resources');
  const field = `${at}.namespaces`;
  if (namespaces.length === 0 && !clusterScope) {
    const detail = 'resource rules that are not cluster scoped must supply at least one namespace';
    errors.push(required(field, detail));
  } else if (namespaces.includes('*')) {
    if (namespaces.length === 1) return errors;
    const detail = "if '*' is present, must not specify other namespaces";
    errors.push(invalid(field, namespaces, detail));
  } else {
    namespaces.forEach((namespace, i) => {
      const messages = nameIsDNSLabel(namespace, false).map(
        (m) => `each member of this list must be '*' or a DNS-1123 label; ${m}`,
      );
      errors.push(...messages.map((m) => invalid(`${field}[${i}]`, namespace, m)));
    });
  }
  return errors;
}

function validateNonResourceRule(rule: NonResourcePolicyRule, at: string): FieldError[] {
  const errors = validateVerbs(rule.verbs, `${at}.verbs`);
  const urls = (rule.nonResourceURLs as string[] | null) ?? [];
  const field = `${at}.nonResourceURLs`;
  if (urls.length === 0) {
    errors.push(required(field, 'nonResourceURLs must contain at least one value'));
  } else if (urls.includes('*')) {
    if (urls.length === 1) return errors;
    const detail = "if '*' is present, must not specify other non-resource URLs";
    errors.push(invalid(field, urls, detail));
  } else {
    urls.forEach((url, i) => {
      const problem = urlProblem(url);
      if (problem !== undefined) errors.push(invalid(`${field}[${i}]`, url, problem));
    });
  }
  return errors;
}

function urlProblem(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  if (path === '/') return undefined;
  if (!path.startsWith('/')) return 'must start with slash';
  if (path.includes(' ')) return 'must not contain white-space';
  if (path.includes('//')) return 'must not contain double slash';
  const stars = path.split('*').length - 1;
  return stars > 1 || (stars === 1 && !path.endsWith('/*'))
    ? 'wildcard can only do suffix matching'
    : undefined;
}
