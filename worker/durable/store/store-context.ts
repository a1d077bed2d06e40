import {
  newNotFound,
  newStatusError,
  type Status,
  StatusError,
} from '../../../apimachinery/status-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { ResourceCatalog, ResourceInfo } from '../../registry/kind-table.ts';
import type { Inquiries } from '../../registry/admission/inquiry.ts';
import type { Authorizer } from '../../registry/authz/authorizer.ts';
import type { Identities } from '../../registry/rest/identity.ts';
import type { RequestContext } from '../../registry/strategy.ts';
import type { Reader } from '../../reconcile/planner.ts';
import type { CommitPoint } from '../commit/commit-point.ts';
import type { RevisionClock } from '../storage/revision-clock.ts';
import type { RevisionStore } from '../storage/revision-store.ts';
import type { AdmissionChain } from './admission.ts';
import type { PolicyObjects } from './policy/policy-objects.ts';
import type { Rules } from './policy/rules.ts';
import type { Answer, ResourceAddress } from './protocol.ts';

/** What the verbs of one active store work with. */
export interface StoreContext {
  readonly namespace: string;
  readonly commits: CommitPoint;
  readonly store: RevisionStore;
  /** The same objects as planners see them. */
  readonly reader: Reader;
  readonly clock: RevisionClock;
  readonly resources: ResourceCatalog;
  readonly identities: Identities;
  /** Cluster-scoped policy: own objects, or copies. */
  readonly policy: PolicyObjects;
  readonly rules: Rules;
  readonly authorizer: Authorizer;
  readonly admission: AdmissionChain;
  readonly inquiries: Inquiries;
  readonly now: () => number;
}

export function resourceInfo(context: StoreContext, resource: GroupResource): ResourceInfo {
  const info = context.resources.get(resource);
  if (info === undefined) throw newResourceNotFound();
  return info;
}

const newResourceNotFound = () =>
  newStatusError('NotFound', 'the server could not find the requested resource');

/** The resource as the request sees it. */
export function requestedInfo(
  context: StoreContext,
  request: Pick<ResourceAddress, 'resource' | 'apiVersion'>,
): ResourceInfo {
  if (request.apiVersion === undefined) return resourceInfo(context, request.resource);
  const view = context.resources.view(request.resource, request.apiVersion);
  if (view === undefined) throw newResourceNotFound();
  return view;
}

/** The resource as it is stored, with the rules of the version that the request writes through. */
export function writtenInfo(
  context: StoreContext,
  request: Pick<ResourceAddress, 'resource' | 'apiVersion'>,
): ResourceInfo {
  const info = resourceInfo(context, request.resource);
  const strategy = requestedInfo(context, request).storedStrategy;
  return strategy === undefined ? info : { ...info, strategy };
}

/** What was sent, in the version that is stored. */
export function toStored(view: ResourceInfo, object: KubernetesObject): KubernetesObject {
  return view.conversion?.toStored(object) ?? object;
}

/** What is stored, in the version of the request. */
export function fromStored(view: ResourceInfo, object: KubernetesObject): KubernetesObject {
  return view.conversion?.fromStored(object) ?? object;
}

export function requestContext(context: StoreContext, user: UserInfo): RequestContext {
  return { now: context.now(), user };
}

/** Runs a verb and turns the failures that a client is meant to see into an answer. */
export function answer<T>(verb: () => { readonly ok: true } & T): Answer<T> {
  try {
    return verb();
  } catch (error) {
    if (error instanceof StatusError) return failure(error);
    throw error;
  }
}

/** A failure that a client is meant to see, on its way to the API. */
export function failure({ status, warnings }: StatusError): { ok: false; status: Status } {
  return { ok: false, status, ...(warnings.length === 0 ? {} : { warnings }) };
}

/** Namespaced objects can only be made in a namespace that exists and is not going away. */
export function requireActiveNamespace(context: StoreContext, info: ResourceInfo, name: string) {
  if (context.namespace === '' || !info.namespaced) return;
  const namespace = context.commits.read({ resource: 'namespaces', name: context.namespace });
  if (namespace === null) {
    throw newNotFound({ group: '', resource: 'namespaces' }, context.namespace);
  }
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const subject = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
  throw newStatusError(
    'Forbidden',
    `${subject} "${name}" is forbidden: unable to create new content in namespace ${context.namespace} because it is being terminated`,
    {
      name,
      ...(info.group === '' ? {} : { group: info.group }),
      kind: info.resource,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${context.namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  );
}
