import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newNotFound } from '../../../../apimachinery/status-error.ts';
import { API_SERVER_USER } from '../../../../apimachinery/user-info.ts';
import { InquiryPending, type Inquiry } from '../../../registry/admission/inquiry.ts';
import { decideDelete } from '../../../registry/rest/delete.ts';
import { selectorOf } from '../../watch/selector.ts';
import type {
  DeleteAnswer,
  DeleteCollectionAnswer,
  DeleteCollectionRequest,
  DeleteRequest,
} from '../protocol.ts';
import { Admission, type AdmittedWrite } from '../admission.ts';
import { answer, requestContext, resourceInfo, type StoreContext } from '../store-context.ts';

export function deleteVerb(context: StoreContext, request: DeleteRequest): DeleteAnswer {
  return answer(() =>
    context.commits.transact(() => deleteObject(context, request), { dryRun: request.dryRun }),
  );
}

type Target = AdmittedWrite & Pick<DeleteRequest, 'name' | 'options'>;

/** The step itself; inside a transaction. */
export function deleteObject(context: StoreContext, request: Target): Deleted {
  return deleteAdmitted(context, request, (object) => admitDelete(context, request, object));
}

/** Puts the deletion of an object through admission; returns what is warned of. */
function admitDelete(
  context: StoreContext,
  request: Target,
  oldObject: KubernetesObject,
): readonly string[] {
  const admission = new Admission(context, request, {
    operation: 'DELETE',
    subresource: '',
    name: request.name,
    object: null,
    oldObject,
  });
  admission.admit();
  admission.validate(null);
  return admission.warnings;
}

interface Deleted {
  readonly ok: true;
  readonly object: string;
  readonly removed: boolean;
  readonly warnings: readonly string[];
}

/** The same without admission: what was admitted already, or goes for reasons of the control plane. */
export function deleteUnasked(context: StoreContext, request: Target): Deleted {
  return deleteAdmitted(context, request, () => []);
}

function deleteAdmitted(
  context: StoreContext,
  request: Target,
  admit: (object: KubernetesObject) => readonly string[],
): Deleted {
  const info = resourceInfo(context, request.resource);
  const object = context.commits.read({ resource: request.resource, name: request.name });
  if (object === null) throw newNotFound(info, request.name);
  const warnings = admit(object);
  const decision = decideDelete(
    info,
    object,
    request.options,
    requestContext(context, request.user),
  );
  switch (decision.action) {
    case 'none':
      return { ok: true, object: JSON.stringify(object), removed: false, warnings };
    case 'update':
      return {
        ok: true,
        object: context.commits.put(request.resource, decision.object, object),
        removed: false,
        warnings,
      };
    case 'remove':
      return {
        ok: true,
        object: context.commits.remove(request.resource, object),
        removed: true,
        warnings,
      };
  }
}

/** Deletes what selectors match, one transaction for all; answers with the objects as they were. */
export function deleteCollectionVerb(
  context: StoreContext,
  request: DeleteCollectionRequest,
): DeleteCollectionAnswer {
  return answer(() => {
    const revision = context.clock.current();
    const selector = selectorOf(request.labelSelector, request.fieldSelector);
    return context.commits.transact(
      () => {
        const matching = context.store
          .list(request.resource, {})
          .filter((stored) => selector.matches(stored.attributes));
        const targets = matching.map(({ name }) => ({ ...request, name }));
        const warnings = admitEach(context, targets);
        for (const target of targets) deleteUnasked(context, target);
        return { ok: true, revision, objects: matching.map((stored) => stored.value), warnings };
      },
      { dryRun: request.dryRun },
    );
  });
}

/**
 * Puts many deletions through admission, before any of them is carried out: what has to be asked
 * about them is asked at once, and not again for all of them with every answer.
 */
function admitEach(context: StoreContext, targets: readonly Target[]): string[] {
  const warnings: string[] = [];
  const pending: Inquiry[] = [];
  for (const target of targets) {
    const object = context.commits.read({ resource: target.resource, name: target.name });
    if (object === null) continue;
    try {
      warnings.push(...admitDelete(context, target, object));
    } catch (error) {
      if (!(error instanceof InquiryPending)) throw error;
      pending.push(...error.inquiries);
    }
  }
  if (pending.length > 0) throw new InquiryPending(pending);
  return warnings;
}

/** A removal that the node has confirmed: the grace period is over for this pod. */
export function removeTerminatedPod(context: StoreContext, name: string, uid: string): void {
  const pod: KubernetesObject | null = context.commits.read({ resource: 'pods', name });
  if (pod === null || pod.metadata.uid !== uid) return;
  deleteObject(context, {
    resource: 'pods',
    name,
    user: API_SERVER_USER,
    options: { gracePeriodSeconds: 0, preconditions: { uid } },
  });
}
