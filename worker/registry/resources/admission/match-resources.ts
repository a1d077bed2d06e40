import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  type LabelSelectorSource,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import {
  validateDNS1035Label,
  validateDNS1123Subdomain,
  validatePathSegmentName,
} from '../../../../apimachinery/names.ts';
import { type Rule, setRuleDefaults, validateNamedRule } from './rules.ts';
import { MATCH_POLICIES } from './webhook-configuration.ts';

/** What a policy is about, or what a binding narrows it to. */
export interface MatchResources {
  matchPolicy?: string;
  namespaceSelector?: LabelSelectorSource;
  objectSelector?: LabelSelectorSource;
  resourceRules?: Rule[];
  excludeResourceRules?: Rule[];
}

export interface ParamKind {
  apiVersion?: string;
  kind?: string;
}

export interface ParamRef {
  name?: string;
  namespace?: string;
  selector?: LabelSelectorSource;
  parameterNotFoundAction?: string;
}

const NOT_FOUND_ACTIONS = ['Deny', 'Allow'];

export function setMatchDefaults(resources: MatchResources | undefined): void {
  if (resources === undefined) return;
  resources.matchPolicy ??= 'Equivalent';
  resources.namespaceSelector ??= {};
  resources.objectSelector ??= {};
  setRuleDefaults(resources.resourceRules);
  setRuleDefaults(resources.excludeResourceRules);
}

export function validateMatchResources(
  resources: MatchResources | undefined,
  at: string,
): FieldError[] {
  if (resources === undefined) return [];
  const { matchPolicy, resourceRules = [], excludeResourceRules = [] } = resources;
  const errors: FieldError[] = [];
  if (matchPolicy === undefined) errors.push(required(`${at}.matchPolicy`));
  else if (!MATCH_POLICIES.includes(matchPolicy)) {
    errors.push(notSupported(`${at}.matchPolicy`, matchPolicy, MATCH_POLICIES));
  }
  for (const field of ['namespaceSelector', 'objectSelector'] as const) {
    if (resources[field] === undefined) errors.push(required(`${at}.${field}`));
    else errors.push(...validateLabelSelector(resources[field], `${at}.${field}`));
  }
  resourceRules.forEach((rule, i) =>
    errors.push(...validateNamedRule(rule, `${at}.resourceRules[${i}]`)),
  );
  excludeResourceRules.forEach((rule, i) =>
    errors.push(...validateNamedRule(rule, `${at}.excludeResourceRules[${i}]`)),
  );
  return errors;
}

/** The kind of a policy's parameters, which need not be there yet. */
export function validateParamKind(
  { apiVersion = '', kind = '' }: ParamKind,
  at: string,
): FieldError[] {
  const errors = validateAPIVersion(apiVersion, `${at}.apiVersion`);
  if (kind === '') return [...errors, required(`${at}.kind`)];
  const messages = validateDNS1035Label(kind.toLowerCase());
  if (messages.length === 0) return errors;
  const detail = `may have mixed case, but should otherwise match: ${messages.join(',')}`;
  return [...errors, invalid(`${at}.kind`, kind, detail)];
}

function validateAPIVersion(apiVersion: string, field: string): FieldError[] {
  if (apiVersion === '') return [required(field)];
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/');
  if (parts.length > 2) {
    return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  }
  const [group, version] =
    parts.length === 1 ? ['', parts[0] ?? ''] : [parts[0] ?? '', parts[1] ?? ''];
  const errors: FieldError[] = [];
  const judge = (value: string, messages: readonly string[]): void => {
    if (messages.length > 0) errors.push(invalid(field, value, messages.join(',')));
  };
  if (group !== '') judge(group, validateDNS1123Subdomain(group));
  if (version === '') errors.push(invalid(field, apiVersion, 'version must be specified'));
  else judge(version, validateDNS1035Label(version));
  return errors;
}

/** The parameters of a binding, by name or by labels. */
export function validateParamRef(ref: ParamRef | undefined, at: string): FieldError[] {
  if (ref === undefined) return [];
  const { name = '', selector, parameterNotFoundAction: action = '' } = ref;
  const exclusive = 'name and selector are mutually exclusive';
  const errors = validatePathSegmentName(name, false).map((m) => invalid(`${at}.name`, name, m));
  if (name !== '' && selector !== undefined) errors.push(forbidden(`${at}.name`, exclusive));
  if (selector !== undefined) {
    errors.push(...validateLabelSelector(selector, `${at}.selector`));
    if (name !== '') errors.push(forbidden(`${at}.selector`, exclusive));
  } else if (name === '') {
    errors.push(required(at, 'one of name or selector must be specified'));
  }
  if (action === '') errors.push(required(`${at}.parameterNotFoundAction`));
  else if (!NOT_FOUND_ACTIONS.includes(action)) {
    errors.push(notSupported(`${at}.parameterNotFoundAction`, action, NOT_FOUND_ACTIONS));
  }
  return errors;
}
