import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** What remains of a namespace that is being deleted. Lives in the namespace's store, mirrored up. */
export interface ContentReport extends KubernetesObject {
  /** The namespace that was found so; a later one of the same name is another namespace. */
  namespaceUID: string;
  /** Objects by resource, as in `{"pods": 3, "deployments.apps": 1}`. Empty: the namespace is. */
  remaining: Record<string, number>;
  /** Objects by finalizer that holds them. */
  finalizersRemaining: Record<string, number>;
  /** Why the last attempt to delete something was refused. */
  failure?: string;
}
