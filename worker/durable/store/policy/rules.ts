import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../../apimachinery/object-key.ts';
import { isPolicyResource } from '../../../registry/cluster-policy.ts';
import type { PolicyObjects } from './policy-objects.ts';

/** Namespaced kinds that are looked at with nearly every request. */
const NAMESPACED_RULES: ReadonlySet<GroupResource> = new Set([
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'limitranges',
  'resourcequotas',
]);

export interface RulesDeps {
  /** Cluster-scoped policy: the store's own objects, or its copy of the cluster's. */
  readonly policy: PolicyObjects;
  /** The store's own objects. */
  readonly list: (resource: GroupResource) => readonly KubernetesObject[];
}

/**
 * The objects that decide about requests, held parsed for as long as they do not change, so that a
 * request that is allowed costs no look into the store. `touch` keeps it in step with every write.
 */
export class Rules {
  readonly #deps: RulesDeps;
  readonly #lists = new Map<GroupResource, readonly KubernetesObject[]>();
  #revision = 0;

  constructor(deps: RulesDeps) {
    this.#deps = deps;
  }

  /** Grows with every change of any of these objects. */
  get revision(): string {
    return String(this.#revision);
  }

  /** Whether a resource is one whose objects are held here. */
  has(resource: GroupResource): boolean {
    return NAMESPACED_RULES.has(resource) || isPolicyResource(resource);
  }

  list(resource: GroupResource): readonly KubernetesObject[] {
    let list = this.#lists.get(resource);
    if (list === undefined) {
      const { policy, list: own } = this.#deps;
      list = isPolicyResource(resource) ? policy.list(resource) : own(resource);
      this.#lists.set(resource, list);
    }
    return list;
  }

  /** An object of the resource was written, or its write was undone. */
  touch(resource: GroupResource): void {
    if (!this.has(resource)) return;
    this.#lists.delete(resource);
    this.#revision += 1;
  }

  /** Everything may have changed. */
  reset(): void {
    this.#lists.clear();
    this.#revision += 1;
  }
}
