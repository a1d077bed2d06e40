import {
  STATUS_CODES,
  StatusError,
  type StatusReason,
} from '../../../../apimachinery/status-error.ts';
import { goJSON } from '../../apply/path-element.ts';
import { addAuditAnnotation } from '../audit-annotation.ts';
import { Concerned } from '../concerned.ts';
import { ValuesByView } from '../expressions/values-by-view.ts';
import { isExemptFromPolicies } from '../matching/exemptions.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { newRequestForbidden } from '../request-error.ts';
import { AnnotationCollector } from './annotation-collector.ts';
import { CompiledPolicies } from './compiled-policies.ts';
import { decide, type Decision } from './decide.ts';
import { type PolicyInvocation, policyInvocations } from './policy-invocations.ts';
import { type Binding, failsOpen, loadPolicies, type Policy } from './policy.ts';
import { compileValidatingPolicy, type ValidatingExpressions } from './validating-expressions.ts';

const KINDS = {
  policies: 'validatingadmissionpolicies.admissionregistration.k8s.io',
  bindings: 'validatingadmissionpolicybindings.admissionregistration.k8s.io',
};
const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';

type ValidatingPolicy = Policy<ValidatingExpressions>;

interface Denial {
  readonly policy: ValidatingPolicy;
  readonly binding: Binding | null;
  readonly message: string;
  readonly reason: string;
}

/** Judges requests by the ValidatingAdmissionPolicies that are bound. */
export function newValidatingPolicyPlugin(): AdmissionPlugin {
  const compiled = new CompiledPolicies(compileValidatingPolicy);
  const policies = new Concerned<ValidatingPolicy>((context) =>
    loadPolicies(KINDS, compiled, context),
  );
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => !isExemptFromPolicies(attributes),
    validate: (attributes, context) => validate(policies, attributes, context),
  };
}

/** All policies are evaluated, and the first that denies is told (policy/validating dispatcher.go). */
function validate(
  policies: Concerned<ValidatingPolicy>,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  const values = new ValuesByView(attributes, context);
  const denials: Denial[] = [];
  const annotations = new AnnotationCollector();
  for (const item of policyInvocations(policies, attributes, context, values)) {
    if (item.error === undefined) {
      denials.push(...evaluate(item, attributes, values, annotations));
    } else if (!failsOpen(item.policy)) {
      denials.push({ ...item, message: item.error, reason: '' });
    }
  }
  annotations.publish(attributes);
  const [first] = denials;
  if (first !== undefined) throw newDenied(attributes, first);
}

function evaluate(
  { policy, binding, view, params }: PolicyInvocation<ValidatingExpressions>,
  attributes: AdmissionAttributes,
  values: ValuesByView,
  annotations: AnnotationCollector,
): Denial[] {
  const denials: Denial[] = [];
  for (const param of params) {
    const verdict = decide(policy.compiled(), values.get(view), param, failsOpen(policy));
    for (const [i, decision] of verdict.decisions.entries()) {
      if (decision.denies && act(decision, i, policy, binding, attributes)) {
        denials.push({ ...decision, policy, binding });
      }
    }
    for (const { key, value, error } of verdict.annotations) {
      if (value !== undefined) annotations.add(policy.name, key, value);
      if (error !== undefined) denials.push({ policy, binding, message: error, reason: '' });
    }
  }
  return denials;
}

/**
 * Does what a binding says is to be done about a validation that fails.
 * @returns whether the request is denied.
 */
function act(
  { message }: Extract<Decision, { denies: true }>,
  expressionIndex: number,
  policy: ValidatingPolicy,
  binding: Binding,
  attributes: AdmissionAttributes,
): boolean {
  const { validationActions = [] } = binding.spec;
  if (validationActions.includes('Audit')) {
    const failure = {
      message,
      policy: policy.name,
      binding: binding.name,
      expressionIndex,
      validationActions,
    };
    addAuditAnnotation(attributes, FAILURE_ANNOTATION, goJSON([failure]));
  }
  if (validationActions.includes('Warn')) {
    attributes.warnings.push(
      `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`,
    );
  }
  return validationActions.includes('Deny');
}

/** A refusal in form, with the reason of the validation in its place. */
function newDenied(attributes: AdmissionAttributes, denial: Denial): StatusError {
  const { policy, binding } = denial;
  const by = binding === null ? '' : ` with binding '${binding.name}'`;
  const message = `ValidatingAdmissionPolicy '${policy.name}'${by} denied request: ${denial.message}`;
  const { status } = newRequestForbidden(attributes, message);
  const reason = (denial.reason || 'Invalid') as StatusReason;
  return new StatusError({
    ...status,
    reason,
    code: STATUS_CODES[reason],
    details: { ...status.details, causes: [{ message }] },
  });
}
