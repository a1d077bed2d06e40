import { quoteText } from '../../../../apimachinery/field-error.ts';
import { StatusError } from '../../../../apimachinery/status-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { Concerned } from '../concerned.ts';
import { ValuesByView } from '../expressions/values-by-view.ts';
import { isExemptFromPolicies } from '../matching/exemptions.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { Reinvocation } from '../reinvocation.ts';
import { newRequestForbidden } from '../request-error.ts';
import { CompiledPolicies } from './compiled-policies.ts';
import { mutate } from './mutate.ts';
import { compileMutatingPolicy, type MutatingExpressions } from './mutating-expressions.ts';
import {
  type PolicyFault,
  type PolicyInvocation,
  policyInvocations,
} from './policy-invocations.ts';
import { failsOpen, loadPolicies, type Policy } from './policy.ts';

const NAME = 'MutatingAdmissionPolicy';
const KINDS = {
  policies: 'mutatingadmissionpolicies.admissionregistration.k8s.io',
  bindings: 'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
};

type MutatingPolicy = Policy<MutatingExpressions>;

/** A fault, and the reason that a refusal by it has where that is another than Forbidden. */
interface Fault extends PolicyFault<MutatingExpressions> {
  readonly reason?: 'Invalid';
}

/** Changes objects by the MutatingAdmissionPolicies that are bound, one after the other. */
export function newMutatingPolicyPlugin(): AdmissionPlugin {
  const compiled = new CompiledPolicies(compileMutatingPolicy);
  const policies = new Concerned<MutatingPolicy>((context) =>
    loadPolicies(KINDS, compiled, context),
  );
  return {
    name: NAME,
    handles: (attributes) => attributes.operation !== 'DELETE' && !isExemptFromPolicies(attributes),
    admit: (attributes, context) => admit(policies, attributes, context),
  };
}

/** @returns whether any policy had its say: as upstream has it, even one that changed nothing. */
function admit(
  policies: Concerned<MutatingPolicy>,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): boolean {
  const values = new ValuesByView(attributes, context);
  const items = policyInvocations(policies, attributes, context, values);
  if (items.length === 0) return false;
  const run = new Run(attributes, values);
  run.round.begin(attributes);
  for (const item of items) {
    if (item.error !== undefined) run.faults.push(item);
    else for (const params of item.params) run.invoke(item, params);
  }
  // Upstream lets policies look again that changed the object themselves, last of all.
  if (run.mutated) run.round.objectChanged();
  run.round.end(attributes);
  const faults = run.faults.filter(({ policy }) => !failsOpen(policy));
  if (faults.length > 0) throw newDenied(attributes, faults);
  return run.mutated;
}

/** One round of a request through all policies. */
class Run {
  readonly round: Reinvocation;
  readonly faults: Fault[] = [];
  mutated = false;
  readonly #attributes: AdmissionAttributes;
  readonly #values: ValuesByView;

  constructor(attributes: AdmissionAttributes, values: ValuesByView) {
    this.round = Reinvocation.of(NAME, attributes);
    this.#attributes = attributes;
    this.#values = values;
  }

  /** Does the mutations of a policy, each upon what the one before it made. */
  invoke(
    { policy, binding, view }: PolicyInvocation<MutatingExpressions>,
    params: KubernetesObject | null,
  ): void {
    const attributes = this.#attributes;
    const { conditions, variables, mutations, isReinvoked } = policy.compiled();
    const fault = (error: string): void => {
      this.faults.push({ policy, binding, error, reason: 'Invalid' });
    };
    const matches = conditions?.match(this.#values.get(view).forConditions(params)) ?? true;
    if (matches === false) return;
    if (matches !== true) {
      fault(matches.error);
      return;
    }
    const { namespace = '', name = '' } = params?.metadata ?? {};
    const id = [policy.name, binding.name, namespace, name].join('/');
    if (!this.round.mayInvoke(id, attributes)) return;
    const before = attributes.object;
    if (before !== null) {
      for (const mutation of mutations) {
        const values = this.#values.get(view).forDecisions(params);
        const error = mutate(mutation, { attributes, view, values, variables });
        if (error === undefined) this.mutated = true;
        else fault(error);
      }
    }
    if (!deepEqual(before, attributes.object)) this.round.objectChanged();
    if (isReinvoked) this.round.invoked(id);
  }
}

/** The first fault is the message; all of them are causes. */
function newDenied(attributes: AdmissionAttributes, faults: readonly Fault[]): StatusError {
  const { status } = newRequestForbidden(attributes, 'admission request denied by policy');
  const messages = faults.map(({ policy, binding, error }) =>
    binding === null
      ? `policy ${quoteText(policy.name)} denied request: ${error}`
      : `policy '${policy.name}' with binding '${binding.name}' denied request: ${error}`,
  );
  const [message = ''] = messages;
  return new StatusError({
    ...status,
    message,
    reason: faults[0]?.reason ?? status.reason ?? 'Forbidden',
    details: { ...status.details, causes: messages.map((text) => ({ message: text })) },
  });
}
