import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import { newConflict } from '../../../apimachinery/status-error.ts';
import type { ResourceInfo } from '../kind-table.ts';
import type { RequestContext } from '../strategy.ts';

/** The fields of metav1.DeleteOptions that act. */
export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: string[];
}

export type DeleteDecision =
  | { readonly action: 'remove' }
  /** Write this object (a changed copy): it waits for its finalizers, or for its grace period. */
  | { readonly action: 'update'; readonly object: KubernetesObject }
  /** Deletion is already under way and this request changes nothing about it. */
  | { readonly action: 'none' };

const ORPHAN_FINALIZER = 'orphan';
const FOREGROUND_FINALIZER = 'foregroundDeletion';

/**
 * Decides what a delete request does to an object: upstream's `rest.BeforeDelete` together with
 * the finalizer rules of the generic store.
 *
 * @throws StatusError Conflict (preconditions).
 */
export function decideDelete(
  info: ResourceInfo,
  object: KubernetesObject,
  options: DeleteOptions,
  context: RequestContext,
): DeleteDecision {
  checkPreconditions(info, object, options);
  const draft = structuredCopy(object);
  const finalizersChanged = applyPropagation(info, draft, options);
  const graceChanged = applyGracePeriod(info, draft, options, context);
  const deletingBefore = object.metadata.deletionTimestamp !== undefined;
  if (isRemovable(info, draft)) return { action: 'remove' };
  if (!deletingBefore) {
    info.strategy.markTerminating?.(draft);
    if (info.strategy.hasGeneration === true) {
      draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
    }
  }
  return !deletingBefore || finalizersChanged || graceChanged
    ? { action: 'update', object: draft }
    : { action: 'none' };
}

/** Whether an object that is being deleted has nothing left that it waits for. */
export function isRemovable(info: ResourceInfo, object: KubernetesObject): boolean {
  const { metadata } = object;
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    (metadata.finalizers ?? []).length === 0 &&
    info.strategy.blocksRemoval?.(object) !== true
  );
}

/** @throws StatusError Conflict. */
export function checkPreconditions(
  info: ResourceInfo,
  object: KubernetesObject,
  options: DeleteOptions,
): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  // Upstream names the kind here, where it names the resource elsewhere.
  const subject = { group: info.group, resource: info.kind };
  const name = object.metadata.name ?? '';
  if (uid !== undefined && uid !== object.metadata.uid) {
    throw newConflict(
      subject,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${object.metadata.uid ?? ''}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
    throw newConflict(
      subject,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${object.metadata.resourceVersion ?? ''}). The object might have been modified`,
    );
  }
}

type Policy = NonNullable<DeleteOptions['propagationPolicy']>;

/** What the options say about the dependents; undefined when nothing. */
function askedPolicy(options: DeleteOptions): Policy | undefined {
  if (options.propagationPolicy !== undefined) return options.propagationPolicy;
  if (options.orphanDependents === undefined) return undefined;
  return options.orphanDependents ? 'Orphan' : 'Background';
}

/** What a client is to be warned of that deletes without saying what becomes of the dependents. */
export function deletionWarnings(info: ResourceInfo, options: DeleteOptions): readonly string[] {
  const warning = info.strategy.orphansByDefault;
  return warning === undefined || askedPolicy(options) !== undefined ? [] : [warning];
}

/** Sets the garbage collector's finalizers as the options ask; Background removes both. */
function applyPropagation(
  info: ResourceInfo,
  draft: KubernetesObject,
  options: DeleteOptions,
): boolean {
  const before = draft.metadata.finalizers ?? [];
  const kept = before.filter((f) => f !== ORPHAN_FINALIZER && f !== FOREGROUND_FINALIZER);
  const isDecided = kept.length < before.length;
  const byDefault = info.strategy.orphansByDefault === undefined ? undefined : 'Orphan';
  // Without a policy the finalizers that are there already keep deciding.
  const policy = askedPolicy(options) ?? (isDecided ? undefined : byDefault);
  if (policy === undefined) return false;
  if (policy === 'Orphan') kept.push(ORPHAN_FINALIZER);
  if (policy === 'Foreground') kept.push(FOREGROUND_FINALIZER);
  if (kept.length === before.length && kept.every((f) => before.includes(f))) return false;
  if (kept.length === 0) delete draft.metadata.finalizers;
  else draft.metadata.finalizers = kept;
  return true;
}

/** Starts, or shortens, the grace period. A period never grows. */
function applyGracePeriod(
  info: ResourceInfo,
  draft: KubernetesObject,
  options: DeleteOptions,
  context: RequestContext,
): boolean {
  const { metadata } = draft;
  const requested = options.gracePeriodSeconds;
  const graceSeconds = Math.max(0, info.strategy.gracePeriodSeconds?.(draft, requested) ?? 0);
  if (metadata.deletionTimestamp !== undefined) {
    const current = metadata.deletionGracePeriodSeconds ?? 0;
    // A repeated delete without a wish of its own does not shorten what is under way.
    if (requested === undefined || graceSeconds >= current) return false;
    const startMs = Date.parse(metadata.deletionTimestamp) - current * 1000;
    metadata.deletionGracePeriodSeconds = graceSeconds;
    metadata.deletionTimestamp = formatTime(Math.max(startMs, context.now) + graceSeconds * 1000);
    return true;
  }
  metadata.deletionTimestamp = formatTime(context.now + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  return true;
}

function structuredCopy(object: KubernetesObject): KubernetesObject {
  return JSON.parse(JSON.stringify(object)) as KubernetesObject;
}
