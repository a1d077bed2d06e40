import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { Authorizer } from '../authz/authorizer.ts';
import type { ResourceCatalog, ResourceInfo } from '../kind-table.ts';
import type { Identities } from '../rest/identity.ts';
import type { Inquiries } from './inquiry.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** One request in admission (k8s.io/apiserver admission.Attributes). */
export interface AdmissionAttributes {
  readonly operation: Operation;
  /** As it is stored, and as `object` and `oldObject` are. */
  readonly info: ResourceInfo;
  /** As the request sees it: the same, or a view of it. */
  readonly requested: ResourceInfo;
  /** '' for the object itself. */
  readonly subresource: string;
  /** '' for what is cluster-scoped. Of a Namespace its own name, as upstream has it. */
  readonly namespace: string;
  /** '' while a generated name is not made yet: then `object.metadata.generateName` is set. */
  readonly name: string;
  /**
   * The new state, which mutating plugins change in place; null for DELETE. For subresources with
   * a kind of their own (`scale`, `binding`, `eviction`, `token`, `exec` …) an object of that kind.
   */
  object: KubernetesObject | null;
  /** The present state: of UPDATE and DELETE; shared, never to be changed. */
  readonly oldObject: KubernetesObject | null;
  /** The CreateOptions, UpdateOptions, PatchOptions or DeleteOptions of the request. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  readonly user: UserInfo;
  /** Texts for Warning headers, added to by plugins. */
  readonly warnings: string[];
  /** For the audit log: `<plugin>/<key>` → value. */
  readonly auditAnnotations: Map<string, string>;
  /** Whether mutating plugins look for the second time. */
  isReinvocation: boolean;
  /** What a plugin keeps from the first look to the second, by its name. */
  readonly pluginState: Map<string, unknown>;
}

/**
 * What plugins read. All of it is in the store already, for objects of the request's own namespace
 * and for the cluster-scoped kinds that policy is made of (`worker/registry/cluster-policy.ts`);
 * anything else is an inquiry.
 */
export interface AdmissionContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of the store: '' for the cluster scope. */
  readonly namespace: string;
  readonly resources: ResourceCatalog;
  /** Of the request's namespace, or cluster-scoped. Shared, never to be changed. */
  get(resource: string, name: string): KubernetesObject | null;
  list(resource: string): readonly KubernetesObject[];
  /** The Namespace that the request is in; null for cluster-scoped requests. */
  namespaceObject(): KubernetesObject | null;
  readonly authorizer: Authorizer;
  readonly inquiries: Inquiries;
  /** Of this write: a step that runs again gets the same. */
  readonly identities: Identities;
  /** Changes when any of the cluster-scoped policy objects does: what compiled policies are kept by. */
  readonly policyRevision: string;
}

/**
 * One admission plugin, under upstream's name. Pure: what it decides depends on its arguments
 * alone. Refusals are thrown as StatusErrors.
 */
export interface AdmissionPlugin {
  readonly name: string;
  /** Whether the plugin has anything to do with such a request: cheap, and asked first. */
  handles(attributes: AdmissionAttributes): boolean;
  /**
   * Changes `attributes.object` in place (or replaces it). May run twice for one request.
   * @returns true when it may be that earlier mutating plugins want another look.
   */
  admit?(attributes: AdmissionAttributes, context: AdmissionContext): boolean | void;
  /** Judges the object in the state in which it will be stored. */
  validate?(attributes: AdmissionAttributes, context: AdmissionContext): void;
}
