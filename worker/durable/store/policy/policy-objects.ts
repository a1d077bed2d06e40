import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../../apimachinery/object-key.ts';

/** The cluster-scoped objects that policy is made of, as a store has them. Shared objects. */
export interface PolicyObjects {
  get(resource: GroupResource, name: string): KubernetesObject | null;
  list(resource: GroupResource): readonly KubernetesObject[];
}

/** One policy object on its way to a namespace's store. */
export interface PolicyEntry {
  readonly resource: GroupResource;
  readonly name: string;
  /** JSON text; null: gone. */
  readonly value: string | null;
}
