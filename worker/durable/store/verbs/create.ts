import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newAlreadyExists, newStatusError } from '../../../../apimachinery/status-error.ts';
import { Admission, type AdmittedWrite } from '../admission.ts';
import { beforeCreate, generateName } from '../../../registry/rest/create.ts';
import { type TrackedWrite, trackFields } from '../field-tracking.ts';
import { newAccessForbidden } from '../../../registry/authz/forbidden.ts';
import type { AccessRequest, CreateRequest, WriteAnswer } from '../protocol.ts';
import {
  answer,
  requestContext,
  requestedInfo,
  requireActiveNamespace,
  toStored,
  type StoreContext,
  writtenInfo,
} from '../store-context.ts';
import { putObject } from './put-object.ts';

/** Names tried for a generateName before its collision is the client's to handle (as upstream). */
const MAX_GENERATED_NAMES = 8;

export function createVerb(context: StoreContext, request: CreateRequest): WriteAnswer {
  return answer(() =>
    context.commits.transact(
      () => {
        const view = requestedInfo(context, request);
        const object = toStored(view, JSON.parse(request.object) as KubernetesObject);
        refuseVersion(object);
        return createObject(context, request, object);
      },
      { dryRun: request.dryRun },
    ),
  );
}

/** An object that was read somewhere is not new: whoever copies one must say so by leaving it out. */
function refuseVersion({ metadata }: KubernetesObject): void {
  if (!/^0*[1-9][0-9]*$/.test(metadata.resourceVersion ?? '')) return;
  throw newStatusError(
    'InternalError',
    'resourceVersion should not be set on objects to be created',
  );
}

/** A definition that is being deleted waits for its last instance: no more are made. */
function refuseTerminating(context: StoreContext, resource: string): void {
  if (context.resources.isTerminating(resource)) {
    throw newStatusError(
      'MethodNotAllowed',
      'create not allowed while custom resource definition is terminating',
    );
  }
}

/** An apply, or a PUT to a name that is not there, takes the right to create as well. */
function requireCreatePermission(
  { authorizer }: StoreContext,
  access: AccessRequest | undefined,
  name: string,
): void {
  if (access === undefined || access.attributes.verb === 'create') return;
  const { user, attributes } = access;
  const created = {
    ...attributes,
    verb: 'create',
    ...(attributes.isResourceRequest ? { name } : {}),
  };
  const decision = authorizer.authorize(user, created);
  if (!decision.allowed) throw newAccessForbidden(user, created, decision.reason);
}

type Target = TrackedWrite &
  AdmittedWrite & {
    /** Of a user's request, which may be one to update. */
    readonly access?: AccessRequest;
    /** The object comes from server-side apply, which has set its managedFields. */
    readonly isApplied?: boolean;
  };

/** The step itself; inside a transaction. */
export function createObject(
  context: StoreContext,
  request: Target,
  object: KubernetesObject,
): { ok: true; object: string; warnings: string[]; created: boolean } {
  const info = writtenInfo(context, request);
  requireCreatePermission(context, request.access, object.metadata.name ?? '');
  refuseTerminating(context, request.resource);
  const generated = (object.metadata.name ?? '') === '';
  requireActiveNamespace(context, info, object.metadata.name ?? '');
  info.strategy.setDefaults?.(object);
  if (request.isApplied !== true) trackFields(context, request, '', object, null);
  if (info.namespaced) object.metadata.namespace ??= context.namespace;
  const admission = new Admission(context, request, {
    operation: 'CREATE',
    subresource: '',
    name: object.metadata.name ?? '',
    object,
    oldObject: null,
  });
  admission.admit();
  const warnings = beforeCreate(
    info,
    object,
    context.namespace,
    requestContext(context, request.user),
    context.identities,
  );
  admission.validate(object, object.metadata.name ?? '');
  const exists = () =>
    context.store.get({ resource: request.resource, name: object.metadata.name ?? '' }) !== null;
  for (let attempt = 1; exists(); attempt++) {
    if (!generated || attempt === MAX_GENERATED_NAMES) {
      throw newAlreadyExists(info, object.metadata.name ?? '');
    }
    object.metadata.name = generateName(object.metadata.generateName ?? '', context.identities);
  }
  return {
    ok: true,
    object: putObject(context, request, object, null),
    warnings: [...admission.warnings, ...warnings],
    created: true,
  };
}
