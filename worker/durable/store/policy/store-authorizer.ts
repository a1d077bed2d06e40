import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { ClusterAuthorizer } from '../../../registry/authz/cluster-authorizer.ts';
import { podView } from '../../effects/pods.ts';
import type { PolicyObjects } from './policy-objects.ts';
import type { Rules } from './rules.ts';

const group = 'rbac.authorization.k8s.io';

export interface StoreAuthorizerDeps {
  readonly namespace: string;
  readonly policy: PolicyObjects;
  readonly rules: Rules;
  /** The store's own objects. */
  readonly own: PolicyObjects;
}

/** Decides by what a store has at hand: the cluster's roles, its namespace's, and its pods. */
export function newStoreAuthorizer(deps: StoreAuthorizerDeps): ClusterAuthorizer {
  const { namespace, policy, rules, own } = deps;
  return new ClusterAuthorizer(
    {
      namespace,
      clusterRole: (name) => policy.get(`clusterroles.${group}`, name),
      role: (name) => own.get(`roles.${group}`, name),
      clusterRoleBindings: () => rules.list(`clusterrolebindings.${group}`),
      roleBindings: () => rules.list(`rolebindings.${group}`),
      revision: () => rules.revision,
    },
    {
      podsOfNode: (node, of) => (of === namespace && of !== '' ? podsOf(own, node) : []),
      clusterObject: (resource, name) => (namespace === '' ? own.get(resource, name) : null),
    },
  );
}

const podsOf = (own: PolicyObjects, node: string): readonly KubernetesObject[] =>
  own.list('pods').filter((pod) => podView(pod).nodeName === node);
