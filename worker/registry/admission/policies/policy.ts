import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../../apimachinery/object-key.ts';
import type {
  MatchResources,
  ParamKind,
  ParamRef,
} from '../../resources/admission/match-resources.ts';
import type { PolicySpec } from '../../resources/admission/policy-frame.ts';
import { ResourceMatcher } from '../matching/resource-matcher.ts';
import type { AdmissionContext } from '../plugin.ts';
import type { CompiledPolicies } from './compiled-policies.ts';

interface BindingSpec {
  readonly policyName?: string;
  readonly paramRef?: ParamRef;
  readonly matchResources?: MatchResources;
  readonly validationActions?: readonly string[];
}

/** Puts a policy in force, for some requests and with some parameters. */
export interface Binding {
  readonly name: string;
  readonly spec: BindingSpec;
  /** Undefined where it does not narrow the policy. */
  readonly matcher: ResourceMatcher | undefined;
}

/** A policy that is in force. `C` is what its expressions are compiled to. */
export interface Policy<C> {
  readonly name: string;
  readonly spec: PolicySpec;
  readonly matcher: ResourceMatcher;
  /** At least one, by name. */
  readonly bindings: readonly Binding[];
  /** Compiles the expressions when a request first comes to them. */
  compiled(): C;
}

export interface PolicyKinds {
  readonly policies: GroupResource;
  readonly bindings: GroupResource;
}

/** All policies that are bound, by name. */
export function loadPolicies<C>(
  kinds: PolicyKinds,
  compiled: CompiledPolicies<C>,
  context: AdmissionContext,
): Policy<C>[] {
  const bindings = new Map<string, Binding[]>();
  for (const object of context.list(kinds.bindings).toSorted(compareNames)) {
    const binding = newBinding(object);
    const { policyName = '' } = binding.spec;
    const ofPolicy = bindings.get(policyName);
    if (ofPolicy === undefined) bindings.set(policyName, [binding]);
    else ofPolicy.push(binding);
  }
  if (bindings.size === 0) return [];
  return context
    .list(kinds.policies)
    .toSorted(compareNames)
    .flatMap((object) => {
      const bound = bindings.get(object.metadata.name ?? '');
      return bound === undefined ? [] : newPolicy(object, bound, compiled);
    });
}

function newPolicy<C>(
  object: KubernetesObject,
  bindings: readonly Binding[],
  compiled: CompiledPolicies<C>,
): Policy<C> {
  const spec = (object['spec'] ?? {}) as PolicySpec;
  return {
    name: object.metadata.name ?? '',
    spec,
    matcher: new ResourceMatcher(spec.matchConstraints ?? {}, { isOpen: true }),
    bindings,
    compiled: () => compiled.of(object),
  };
}

function newBinding(object: KubernetesObject): Binding {
  const spec = (object['spec'] ?? {}) as BindingSpec;
  const { matchResources } = spec;
  return {
    name: object.metadata.name ?? '',
    spec,
    matcher:
      matchResources === undefined
        ? undefined
        : new ResourceMatcher(matchResources, { isOpen: true }),
  };
}

export const failsOpen = ({ spec }: { readonly spec: PolicySpec }): boolean =>
  spec.failurePolicy === 'Ignore';

/** Go's text of the kind that a policy's parameters are of. */
export function formatParamKind({ apiVersion = '', kind = '' }: ParamKind): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function compareNames(a: KubernetesObject, b: KubernetesObject): number {
  const [left, right] = [a.metadata.name ?? '', b.metadata.name ?? ''];
  return left < right ? -1 : Number(left > right);
}
