import { quoteText } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import { NODE_USER_PREFIX, NODES_GROUP, type UserInfo } from '../../../apimachinery/user-info.ts';
import {
  type AccessAttributes,
  type AccessDecision,
  type Authorizer,
  NO_OPINION,
  type ResourceAccess,
} from './authorizer.ts';
import { NODE_RULES } from './bootstrap/node-roles.ts';
import { podRefersTo, type ReferencedResource } from './pod-references.ts';
import { rulesAllow } from './rbac/rule-matching.ts';
import type { RulesReview, RulesReviewer } from './rules-review.ts';

/** What a store knows of what nodes have to do with. */
export interface NodeReader {
  /** Pods of a namespace that are bound to the node; none of a namespace that is not the store's. */
  podsOfNode(nodeName: string, namespace: string): readonly KubernetesObject[];
  /** A PersistentVolume, VolumeAttachment or ResourceSlice; null where the store has none. */
  clusterObject(resource: GroupResource, name: string): KubernetesObject | null;
}

const ALLOWED: AccessDecision = { allowed: true, reason: '' };
const refused = (reason: string): AccessDecision => ({ allowed: false, reason });

const LEASE_NAMESPACE = 'kube-node-lease';
const READS = new Set(['get', 'list', 'watch']);
const OWN_VERBS = new Set(['get', 'create', 'update', 'patch', 'delete']);
const STATUS_VERBS = new Set(['update', 'patch']);
/** Verbs on pods and nodes that any node has; admission sees to it that they are about its own. */
const ADMITTED_ON_NODES = new Set(['create', 'update', 'patch']);
const ADMITTED_ON_PODS = new Set(['create', 'delete']);

/** The node that a user is; null for everybody else. */
export function nodeOf({ name, groups }: UserInfo): string | null {
  if (!name.startsWith(NODE_USER_PREFIX) || !groups.includes(NODES_GROUP)) return null;
  return name.slice(NODE_USER_PREFIX.length);
}

/**
 * Lets nodes do what running their pods takes (plugin/pkg/auth/authorizer/node): by the rules of
 * `system:node`, but what several nodes have of one kind only as far as it has to do with the node
 * that asks. Secrets that only a PersistentVolume names are not found here.
 */
export class NodeAuthorizer implements Authorizer, RulesReviewer {
  readonly #reader: NodeReader;

  constructor(reader: NodeReader) {
    this.#reader = reader;
  }

  authorize(user: UserInfo, access: AccessAttributes): AccessDecision {
    const node = nodeOf(user);
    if (node === null) return NO_OPINION;
    if (node === '') return refused(`unknown node for user ${quoteText(user.name)}`);
    const decision = access.isResourceRequest ? this.#related(node, access) : null;
    return decision ?? (rulesAllow(NODE_RULES, access) ? ALLOWED : NO_OPINION);
  }

  reviewRules(user: UserInfo): RulesReview {
    const nothing = { resourceRules: [], nonResourceRules: [] };
    if (nodeOf(user) === null) return { ...nothing, incomplete: false };
    const evaluationError = 'node authorizer does not support user rule resolution';
    return { ...nothing, incomplete: true, evaluationError };
  }

  /** Null for what is not divided among nodes. */
  #related(node: string, access: ResourceAccess): AccessDecision | null {
    const { apiGroup, resource, subresource } = access;
    switch (apiGroup === '' ? resource : `${resource}.${apiGroup}`) {
      case 'secrets':
      case 'configmaps':
        return this.#read(node, access, resource as 'secrets' | 'configmaps');
      case 'persistentvolumeclaims':
        return subresource === 'status'
          ? this.#updateClaimStatus(node, access)
          : this.#get(node, access);
      case 'persistentvolumes':
      case 'resourceclaims.resource.k8s.io':
      case 'volumeattachments.storage.k8s.io':
        return this.#get(node, access);
      case 'serviceaccounts':
        return this.#serviceAccount(node, access);
      case 'leases.coordination.k8s.io':
        return authorizeLease(node, access);
      case 'csinodes.storage.k8s.io':
        return authorizeCSINode(node, access);
      case 'resourceslices.resource.k8s.io':
        return this.#slice(node, access);
      case 'nodes':
        return authorizeNode(node, access);
      case 'pods':
        return this.#pod(node, access);
      default:
        return null;
    }
  }

  #read(node: string, access: ResourceAccess, resource: ReferencedResource): AccessDecision {
    if (!READS.has(access.verb)) return refused('can only read resources of this type');
    if (access.subresource !== '') return refused('cannot read subresource');
    if (access.namespace === '') return refused('can only read namespaced object of this type');
    return this.#one(node, access, () => this.#isReferenced(node, access, resource));
  }

  #get(node: string, access: ResourceAccess): AccessDecision {
    if (access.verb !== 'get') return refused('can only get individual resources of this type');
    if (access.subresource !== '') return refused('cannot get subresource');
    return this.#one(node, access, () => this.#isRelated(node, access));
  }

  #updateClaimStatus(node: string, access: ResourceAccess): AccessDecision {
    if (!STATUS_VERBS.has(access.verb)) return refused('can only get/update/patch this type');
    return this.#one(node, access, () => this.#isRelated(node, access));
  }

  #serviceAccount(node: string, access: ResourceAccess): AccessDecision {
    const { verb, name, subresource } = access;
    if (verb === 'get' && subresource === '') return this.#get(node, access);
    if (verb !== 'create' || name === '') {
      return refused('can only create tokens for individual service accounts');
    }
    if (subresource !== 'token') {
      return refused('can only create token subresource of serviceaccount');
    }
    return this.#one(node, access, () => this.#isRelated(node, access));
  }

  #slice(node: string, access: ResourceAccess): AccessDecision {
    if (access.subresource !== '') return refused('cannot authorize ResourceSlice subresources');
    switch (access.verb) {
      case 'create':
        return ALLOWED;
      case 'get':
      case 'update':
      case 'patch':
      case 'delete':
        return this.#one(node, access, () => this.#isRelated(node, access));
      case 'watch':
      case 'list':
      case 'deletecollection':
        return selects(access, 'nodeName', node)
          ? ALLOWED
          : refused(
              'can only list/watch/deletecollection resourceslices with nodeName field selector',
            );
      default:
        return refused(
          'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
        );
    }
  }

  #pod(node: string, access: ResourceAccess): AccessDecision {
    const { verb, subresource, name } = access;
    if (subresource === 'status') return STATUS_VERBS.has(verb) ? ALLOWED : NO_OPINION;
    if (subresource === 'eviction') return verb === 'create' ? ALLOWED : NO_OPINION;
    if (subresource !== '') return NO_OPINION;
    if (ADMITTED_ON_PODS.has(verb)) return ALLOWED;
    if (verb === 'get') return this.#get(node, access);
    if (!READS.has(verb)) return NO_OPINION;
    if (selects(access, 'spec.nodeName', node)) return ALLOWED;
    if (name !== '') return this.#one(node, access, () => this.#isRelated(node, access));
    return refused('can only list/watch pods with spec.nodeName field selector');
  }

  #one(node: string, { name }: ResourceAccess, isRelated: () => boolean): AccessDecision {
    if (name === '') return refused('No Object name found');
    if (isRelated()) return ALLOWED;
    return refused(`no relationship found between node '${node}' and this object`);
  }

  #isRelated(node: string, access: ResourceAccess): boolean {
    const { resource, namespace, name } = access;
    switch (resource) {
      case 'pods':
        return this.#reader
          .podsOfNode(node, namespace)
          .some(({ metadata }) => metadata.name === name);
      case 'persistentvolumes': {
        const claim = this.#spec('persistentvolumes', name)?.claimRef;
        const claimed = { namespace: claim?.namespace ?? '', name: claim?.name ?? '' };
        return this.#isReferenced(node, claimed, 'persistentvolumeclaims');
      }
      case 'volumeattachments':
        return this.#spec('volumeattachments.storage.k8s.io', name)?.nodeName === node;
      case 'resourceslices':
        return this.#spec('resourceslices.resource.k8s.io', name)?.nodeName === node;
      default:
        return this.#isReferenced(node, access, resource as ReferencedResource);
    }
  }

  #isReferenced(
    node: string,
    { namespace, name }: { readonly namespace: string; readonly name: string },
    resource: ReferencedResource,
  ): boolean {
    return this.#reader.podsOfNode(node, namespace).some((pod) => podRefersTo(pod, resource, name));
  }

  #spec(resource: GroupResource, name: string): ClusterSpec | undefined {
    const object = this.#reader.clusterObject(resource, name) as { spec?: ClusterSpec } | null;
    return object?.spec;
  }
}

interface ClusterSpec {
  readonly nodeName?: string;
  readonly claimRef?: { readonly namespace?: string; readonly name?: string };
}

function authorizeLease(node: string, { verb, namespace, name }: ResourceAccess): AccessDecision {
  if (!OWN_VERBS.has(verb)) {
    return refused('can only get, create, update, patch, or delete a node lease');
  }
  if (namespace !== LEASE_NAMESPACE) {
    return refused(`can only access leases in the ${quoteText(LEASE_NAMESPACE)} system namespace`);
  }
  // What is created has no name yet: admission compares it.
  if (verb === 'create' || name === node) return ALLOWED;
  return refused('can only access node lease with the same name as the requesting node');
}

function authorizeCSINode(
  node: string,
  { verb, subresource, name }: ResourceAccess,
): AccessDecision {
  if (!OWN_VERBS.has(verb)) {
    return refused('can only get, create, update, patch, or delete a CSINode');
  }
  if (subresource !== '') return refused('cannot authorize CSINode subresources');
  if (verb === 'create' || name === node) return ALLOWED;
  return refused('can only access CSINode with the same name as the requesting node');
}

function authorizeNode(node: string, { verb, subresource, name }: ResourceAccess): AccessDecision {
  if (subresource === 'status') return STATUS_VERBS.has(verb) ? ALLOWED : NO_OPINION;
  if (subresource !== '') return NO_OPINION;
  if (ADMITTED_ON_NODES.has(verb)) return ALLOWED;
  if (!READS.has(verb)) return NO_OPINION;
  if (name === node) return ALLOWED;
  const what = name === '' ? 'all nodes' : `'${name}'`;
  return refused(`node '${node}' cannot read ${what}, only its own Node object`);
}

const selects = ({ fieldRequirements = [] }: ResourceAccess, field: string, value: string) =>
  fieldRequirements.some((r) => r.field === field && r.operator === '=' && r.value === value);
