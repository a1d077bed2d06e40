import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { GroupResource } from '../../apimachinery/object-key.ts';
import type { StructuralSchema } from './apply/structural-merge-type.ts';
import type { JSONSchema } from './crd/schema/json-schema.ts';
import type { JSONObjectNode } from './schema/json-node.ts';
import type { Strategy } from './strategy.ts';
import type { TablePrinter } from './table.ts';

/** Everything that discovery, routing, printing and storage need to know about one resource. */
export interface ResourceInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Of lists, where it is another than `<kind>List`. */
  readonly listKind?: string;
  readonly resource: string;
  /** Where its objects are stored. Views of the same objects share it. */
  readonly storage: GroupResource;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly SubresourceInfo[];
  /** Key into the compiled schema: `io.k8s.api.apps.v1.Deployment`. */
  readonly schema: string;
  readonly strategy: Strategy;
  readonly printer?: TablePrinter;
  /** Set where objects are questions, which are answered and not stored. */
  readonly isReview?: boolean;
  /** Set where objects are worked out when somebody asks for them, and stored nowhere. */
  readonly isComputed?: boolean;
  /** Set on views: versions and groups that show what is stored in another one. */
  readonly conversion?: Conversion | undefined;
  /** Set on views whose writes are judged by other rules: of the object as it is stored. */
  readonly storedStrategy?: Strategy;
  /** How its `scale` subresource reads and writes it; absent for the fields that built-in kinds use. */
  readonly scale?: ScaleMapping;
  /** Set on custom resources. */
  readonly custom?: CustomType;
  /** Text for a Warning header on every request: the version is going away. */
  readonly deprecation?: string;
}

/** What a custom resource has in place of a compiled schema. */
export interface CustomType {
  /** Of the CustomResourceDefinition that it comes from. */
  readonly definition: DefinitionRef;
  /**
   * Gives a body the shape of the type: unknown fields are dropped and told, in the words of strict
   * decoding.
   */
  decode(root: JSONObjectNode): { object: KubernetesObject; strictErrors: string[] };
  /** The version's schema, as far as it says how objects are merged. */
  readonly schema?: StructuralSchema;
  /**
   * A stored object as the definition has it by now: in the version that is stored, without fields
   * that are gone and with defaults that came since. The object itself where nothing can differ.
   *
   * @throws StatusError InternalError where only a webhook could tell.
   */
  readStored(object: KubernetesObject): KubernetesObject;
  /** The version's schema as the definition has it, for OpenAPI documents. */
  readonly definitionSchema?: JSONSchema;
}

/** One state of a CustomResourceDefinition. */
export interface DefinitionRef {
  readonly uid: string;
  readonly generation: number;
}

/** Where a workload keeps what autoscaling/v1 Scale shows. */
export interface ScaleMapping {
  /** Throws a StatusError where there are no replicas that could be shown. */
  requireReplicas?(object: KubernetesObject): void;
  replicas(object: KubernetesObject): number | undefined;
  statusReplicas(object: KubernetesObject): number | undefined;
  /** The selector as text; '' for none. */
  selector(object: KubernetesObject): string;
  /** Where the replicas are, as an owner's set has it: `['f:spec', 'f:replicas']`. */
  readonly path?: readonly string[];
  /** A copy with other replicas. */
  withReplicas(object: KubernetesObject, replicas: number): KubernetesObject;
}

/** Between a view and the stored version of its objects. Pure; what is given is not changed. */
export interface Conversion {
  readonly fromStored: (stored: KubernetesObject) => KubernetesObject;
  readonly toStored: (view: KubernetesObject) => KubernetesObject;
  /** Set where a webhook may have to be asked: many objects with one question. */
  readonly fromStoredAll?: (stored: readonly KubernetesObject[]) => KubernetesObject[];
}

export interface SubresourceInfo {
  /** `status`, `scale`, `log` … */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export type ResourceTable = ReadonlyMap<GroupResource, ResourceInfo>;

/** The resources that a store can hold: built-in ones, and those that its cluster defines. */
export interface ResourceCatalog {
  /** In the version that it is stored in. */
  get(resource: GroupResource): ResourceInfo | undefined;
  /** As clients of an API version see it; undefined where that is not served. */
  view(resource: GroupResource, apiVersion: string): ResourceInfo | undefined;
  /** Whether it is a custom resource whose definition is being deleted. */
  isTerminating(resource: GroupResource): boolean;
  /** By what owner references name. */
  ofKind(group: string, kind: string): ResourceInfo | undefined;
}
