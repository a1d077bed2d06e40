import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { StatusError } from '../../../../apimachinery/status-error.ts';
import type { ResourceInfo } from '../../kind-table.ts';
import type { Concerned } from '../concerned.ts';
import type { ValuesByView } from '../expressions/values-by-view.ts';
import type { ResourceView } from '../matching/resource-view.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';
import { acceptParams, lookUpParams, paramResource, type ParamsLookup } from './params.ts';
import { type Binding, formatParamKind, type Policy } from './policy.ts';

/** A policy that has a say about a request, by one of its bindings. */
export interface PolicyInvocation<C> {
  readonly policy: Policy<C>;
  readonly binding: Binding;
  readonly view: ResourceView;
  /** It is evaluated once for each of them; null stands for none. */
  readonly params: readonly (KubernetesObject | null)[];
  readonly error?: undefined;
}

/** What keeps a policy, or one of its bindings, from having its say. */
export interface PolicyFault<C> {
  readonly policy: Policy<C>;
  readonly binding: Binding | null;
  readonly error: string;
}

interface Pending<C> extends Omit<PolicyInvocation<C>, 'params' | 'error'> {
  readonly kind: ResourceInfo | undefined;
  readonly lookup: ParamsLookup;
}

/**
 * The policies that match a request, with their parameters, in the order of their names. What has to
 * be asked for parameters is asked all at once.
 *
 * @throws InquiryPending
 */
export function policyInvocations<C>(
  policies: Concerned<Policy<C>>,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  values: ValuesByView,
): (PolicyInvocation<C> | PolicyFault<C>)[] {
  const matched = policies
    .by(attributes, context)
    .flatMap((policy) => matchPolicy(policy, attributes, context, values));
  const inquiries = matched.flatMap((item) =>
    'lookup' in item && 'inquiry' in item.lookup ? item.lookup.inquiry : [],
  );
  const answers = inquiries.length === 0 ? [] : context.inquiries.ask(inquiries);
  let next = 0;
  return matched.map((item) => {
    if (!('lookup' in item)) return item;
    const { lookup } = item;
    if ('error' in lookup) return bindingFault(item, lookup.error);
    return withParams(item, 'inquiry' in lookup ? (answers[next++] ?? []) : lookup.params);
  });
}

function matchPolicy<C>(
  policy: Policy<C>,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  values: ValuesByView,
): (Pending<C> | PolicyFault<C>)[] {
  const fault = (error: string): PolicyFault<C>[] => [
    { policy, binding: null, error: `failed to configure policy: ${error}` },
  ];
  const match = policy.matcher.match(attributes, context);
  if (match === null) return [];
  if (match.error !== undefined) return fault(match.error.message);
  const unshown = viewProblem(match.view, values);
  if (unshown !== undefined) return fault(`failed to convert object version: ${unshown}`);
  const { paramKind } = policy.spec;
  const kind = paramKind && paramResource(paramKind, context.resources);
  if (paramKind !== undefined && kind === undefined) {
    const wanted = formatParamKind(paramKind);
    return fault(`failed to find resource referenced by paramKind: '${wanted}'`);
  }
  return policy.bindings.flatMap((binding): Pending<C> | PolicyFault<C> | [] => {
    const item = { policy, binding, view: match.view, kind };
    const narrowed = binding.matcher?.match(attributes, context);
    if (narrowed === null) return [];
    if (narrowed?.error !== undefined) return bindingFault(item, narrowed.error.message);
    const { paramRef } = binding.spec;
    return { ...item, lookup: lookUpParams(kind, paramRef, attributes.namespace, context) };
  });
}

/** Why an object cannot be shown as a policy names its kind, if so. */
function viewProblem(view: ResourceView, values: ValuesByView): string | undefined {
  try {
    values.get(view);
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

function withParams<C>(
  item: Pending<C>,
  found: readonly (KubernetesObject | null)[],
): PolicyInvocation<C> | PolicyFault<C> {
  const { policy, binding, view, kind } = item;
  const params = acceptParams(found, kind, binding.spec.paramRef);
  return 'error' in params ? bindingFault(item, params.error) : { policy, binding, view, params };
}

const bindingFault = <C>(
  { policy, binding }: Pick<Pending<C>, 'policy' | 'binding'>,
  error: string,
): PolicyFault<C> => ({ policy, binding, error: `failed to configure binding: ${error}` });
