import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  type LabelSelectorSource,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain, validateDNS1035Label } from '../../../../apimachinery/names.ts';
import { newPolicyEnvironment } from '../../admission/policy-environment.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { validateFullyQualifiedName } from '../fully-qualified.ts';
import { type MatchCondition, validateMatchConditions } from './match-conditions.ts';
import { type Rule, setRuleDefaults, validateRule } from './rules.ts';
import { setClientDefaults, validateWebhookClient, type WebhookClient } from './webhook-client.ts';

interface Webhook {
  name?: string;
  clientConfig?: WebhookClient;
  rules?: Rule[];
  failurePolicy?: string;
  matchPolicy?: string;
  namespaceSelector?: LabelSelectorSource;
  objectSelector?: LabelSelectorSource;
  sideEffects?: string;
  timeoutSeconds?: number;
  admissionReviewVersions?: string[] | null;
  /** Of mutating ones only. */
  reinvocationPolicy?: string;
  matchConditions?: MatchCondition[];
}

export const FAILURE_POLICIES = ['Fail', 'Ignore'];
export const MATCH_POLICIES = ['Equivalent', 'Exact'];
export const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];
const NO_SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
/** Versions of AdmissionReview that API servers know. */
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_TIMEOUT_SECONDS = 30;

const ENVIRONMENT = newPolicyEnvironment({ hasParams: false, hasAuthorizer: true });

const webhooksOf = (object: KubernetesObject): Webhook[] =>
  (object as { webhooks?: Webhook[] }).webhooks ?? [];

/** What is asked of a write; a configuration that broke a rule already may go on doing so. */
interface Demands {
  readonly noSideEffects: boolean;
  readonly knownReviewVersion: boolean;
  readonly uniqueNames: boolean;
  readonly matchConditions: boolean;
}

const ALL_DEMANDS: Demands = {
  noSideEffects: true,
  knownReviewVersion: true,
  uniqueNames: true,
  matchConditions: true,
};

export const validatingWebhookStrategy = newWebhookStrategy(false);
export const mutatingWebhookStrategy = newWebhookStrategy(true);

function newWebhookStrategy(isMutating: boolean): Strategy {
  return {
    setDefaults(object) {
      for (const hook of webhooksOf(object)) setWebhookDefaults(hook, isMutating);
    },
    validate: (object) => validateWebhooks(webhooksOf(object), ALL_DEMANDS),
    validateUpdate: (object, old) =>
      validateWebhooks(webhooksOf(object), demandsAfter(webhooksOf(object), webhooksOf(old))),
    validateName: nameIsDNSSubdomain,
    hasGeneration: true,
    allowUnconditionalUpdate: false,
  };
}

function setWebhookDefaults(hook: Webhook, isMutating: boolean): void {
  hook.failurePolicy ??= 'Fail';
  hook.matchPolicy ??= 'Equivalent';
  hook.namespaceSelector ??= {};
  hook.objectSelector ??= {};
  hook.timeoutSeconds ??= DEFAULT_TIMEOUT_SECONDS;
  if (isMutating) hook.reinvocationPolicy ??= 'Never';
  setRuleDefaults(hook.rules);
  setClientDefaults(hook.clientConfig);
}

function demandsAfter(hooks: readonly Webhook[], old: readonly Webhook[]): Demands {
  const names = old.map(({ name = '' }) => name);
  return {
    noSideEffects: old.every(({ sideEffects = '' }) => NO_SIDE_EFFECTS.includes(sideEffects)),
    knownReviewVersion: old.every(({ admissionReviewVersions: versions }) => {
      const list = versions ?? [];
      return list.length === 0 || list.some((version) => REVIEW_VERSIONS.includes(version));
    }),
    uniqueNames: new Set(names).size === names.length,
    matchConditions:
      hooks.length !== old.length ||
      hooks.some((hook, i) => !deepEqual(hook.matchConditions, old[i]?.matchConditions)),
  };
}

function validateWebhooks(hooks: readonly Webhook[], demands: Demands): FieldError[] {
  const names = new Set<string>();
  return hooks.flatMap((hook, i) => {
    const at = `webhooks[${i}]`;
    const { name = '', admissionReviewVersions: versions } = hook;
    const errors = [
      ...validateWebhook(hook, at, demands),
      ...validateReviewVersions(
        versions ?? [],
        `${at}.admissionReviewVersions`,
        demands.knownReviewVersion,
      ),
    ];
    if (demands.uniqueNames && name !== '') {
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    return errors;
  });
}

function validateWebhook(hook: Webhook, at: string, demands: Demands): FieldError[] {
  const { name = '', rules = [], timeoutSeconds: timeout, matchConditions = [] } = hook;
  const errors = validateFullyQualifiedName(name, `${at}.name`);
  rules.forEach((rule, i) => errors.push(...validateRule(rule, `${at}.rules[${i}]`)));
  const requireOneOf = (
    field: 'failurePolicy' | 'matchPolicy' | 'reinvocationPolicy' | 'sideEffects',
    values: readonly string[],
  ): void => {
    const value = hook[field];
    if (value === undefined || values.includes(value)) return;
    errors.push(notSupported(`${at}.${field}`, value, values));
  };
  requireOneOf('failurePolicy', FAILURE_POLICIES);
  requireOneOf('matchPolicy', MATCH_POLICIES);
  const effects = demands.noSideEffects ? NO_SIDE_EFFECTS : SIDE_EFFECTS;
  if (hook.sideEffects === undefined) {
    errors.push(required(`${at}.sideEffects`, `must specify one of ${effects.join(', ')}`));
  }
  requireOneOf('sideEffects', effects);
  if (timeout !== undefined && (timeout > MAX_TIMEOUT_SECONDS || timeout < 1)) {
    const detail = 'the timeout value must be between 1 and 30 seconds';
    errors.push(invalid(`${at}.timeoutSeconds`, timeout, detail));
  }
  errors.push(
    ...validateLabelSelector(hook.namespaceSelector, `${at}.namespaceSelector`),
    ...validateLabelSelector(hook.objectSelector, `${at}.objectSelector`),
  );
  requireOneOf('reinvocationPolicy', REINVOCATION_POLICIES);
  errors.push(...validateWebhookClient(hook.clientConfig ?? {}, `${at}.clientConfig`));
  return demands.matchConditions
    ? [...errors, ...validateMatchConditions(matchConditions, ENVIRONMENT, `${at}.matchConditions`)]
    : errors;
}

function validateReviewVersions(
  versions: readonly string[],
  field: string,
  requireKnown: boolean,
): FieldError[] {
  const known = REVIEW_VERSIONS.join(', ');
  if (versions.length === 0) return [required(field, `must specify one of ${known}`)];
  const seen = new Set<string>();
  const errors = versions.flatMap((version, i) => {
    const at = `${field}[${i}]`;
    if (seen.has(version)) return [invalid(at, version, 'duplicate version')];
    seen.add(version);
    return validateDNS1035Label(version).map((m) => invalid(at, version, m));
  });
  if (requireKnown && !versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalid(field, versions, `must include at least one of ${known}`));
  }
  return errors;
}
