import type { FieldError } from '../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { UserInfo } from '../../apimachinery/user-info.ts';

/**
 * The rules of one resource, called by the generic registry in the order of upstream's
 * `rest.BeforeCreate` and `rest.BeforeUpdate`. All functions are pure and synchronous: they run
 * inside the store's commit. `prepare…`, `default…` and `canonicalize` change the object that they
 * are given in place; everything else reads only.
 */
export interface Strategy {
  /** Fills in defaults that the API promises (`SetDefaults_*` upstream). Idempotent. */
  setDefaults?(object: KubernetesObject): void;
  /** Drops what clients may not set on create (status, for instance). */
  prepareForCreate?(object: KubernetesObject, context: RequestContext): void;
  validate?(object: KubernetesObject): FieldError[];
  /** Keeps what this endpoint may not change; bumps nothing: generation is the registry's work. */
  prepareForUpdate?(object: KubernetesObject, old: KubernetesObject, context: RequestContext): void;
  validateUpdate?(object: KubernetesObject, old: KubernetesObject): FieldError[];
  /** Normal forms that do not change meaning (sorted or de-duplicated lists, quantities). */
  canonicalize?(object: KubernetesObject): void;
  /** Texts for `Warning: 299` headers, on create and on update (`old` is null on create). */
  warnings?(object: KubernetesObject, old: KubernetesObject | null): string[];
  /** Field selector values beside `metadata.name` and `metadata.namespace`. */
  selectableFields?(object: KubernetesObject): Record<string, string>;
  /** The same by the names that other views of the stored objects have for them. */
  viewFields?(object: KubernetesObject): Record<string, string>;
  /** Does a name obey the resource's rule? Returns messages; `prefix` for generateName. */
  validateName?(name: string, prefix: boolean): string[];
  /** Set where deletion waits (pods): the grace period in seconds that applies, 0 for at once. */
  gracePeriodSeconds?(object: KubernetesObject, requested: number | undefined): number;
  /** Whether something beside metadata.finalizers keeps a deleted object (Namespace's spec.finalizers). */
  blocksRemoval?(object: KubernetesObject): boolean;
  /** Why the object of this name may never be deleted; null where it may. */
  deletionForbidden?(name: string): string | null;
  /**
   * Set where a delete without a policy of its own leaves the dependents behind, as it did before
   * there was garbage collection: what the client is warned with.
   */
  readonly orphansByDefault?: string;
  /** What deletion changes beside the metadata, in place (a Namespace's phase). */
  markTerminating?(object: KubernetesObject): void;
  /** Subresources that have rules of their own; `status` is usual. */
  readonly subresources?: Readonly<Record<string, SubresourceStrategy>>;
  /**
   * Paths that this endpoint sets back, so that nobody comes to own them by writing them (`spec`,
   * `metadata.labels`). By default `status`, where that has an endpoint of its own.
   */
  readonly resetFields?: readonly string[];
  /** Whether metadata.generation counts changes of everything but metadata and status. */
  readonly hasGeneration?: boolean;
  /** Set where metadata.generation stays what it was on create (PriorityClass). */
  readonly keepsGeneration?: boolean;
  /** Whether metadata.generation counts changes of the annotations as well (Deployment). */
  readonly generationCountsAnnotations?: boolean;
  /** The same of labels (EndpointSlice). */
  readonly generationCountsLabels?: boolean;
  /** Whether metadata.generation counts changes of the status: custom resources without its endpoint. */
  readonly generationCountsStatus?: boolean;
  /** Whether finalizers need no domain: the rule is one of the built-in kinds of kubernetes itself. */
  readonly allowsBareFinalizers?: boolean;
  /** Whether PUT on a missing name creates it (Lease, Endpoints, and the like). */
  readonly allowCreateOnUpdate?: boolean;
  /** Whether an update without resourceVersion overwrites. */
  readonly allowUnconditionalUpdate?: boolean;
}

export interface SubresourceStrategy {
  /** As of the resource itself; by default `spec` for `status`, and none for others. */
  readonly resetFields?: readonly string[];
  /** Set where the write is no change of mind about the desired state (a pod's binding). */
  readonly keepsGeneration?: boolean;
  prepareForUpdate(object: KubernetesObject, old: KubernetesObject, context: RequestContext): void;
  validateUpdate?(object: KubernetesObject, old: KubernetesObject): FieldError[];
}

export interface RequestContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly user: UserInfo;
}
