import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { GroupResource } from '../../apimachinery/object-key.ts';
import type { Strategy } from './strategy.ts';
import type { TablePrinter } from './table.ts';

/** Everything that discovery, routing, printing and storage need to know about one resource. */
export interface ResourceInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
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
  /** Set on views: versions and groups that show what is stored in another one. */
  readonly conversion?: Conversion;
}

/** Between a view and the stored version of its objects. Pure; what is given is not changed. */
export interface Conversion {
  fromStored(stored: KubernetesObject): KubernetesObject;
  toStored(view: KubernetesObject): KubernetesObject;
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
