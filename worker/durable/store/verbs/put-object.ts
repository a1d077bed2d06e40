import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { StatusError } from '../../../../apimachinery/status-error.ts';
import type { TrackedWrite } from '../field-tracking.ts';
import type { StoreContext } from '../store-context.ts';

/**
 * Stores an object. One that is too large goes without its managedFields, which can be much of it,
 * unless it was applied: then they are the point.
 *
 * @returns the stored text.
 * @throws StatusError RequestEntityTooLarge.
 */
export function putObject(
  context: StoreContext,
  request: TrackedWrite & { readonly isApplied?: boolean },
  object: KubernetesObject,
  before: KubernetesObject | null,
): string {
  try {
    return context.commits.put(request.resource, object, before);
  } catch (error) {
    const isTooLarge =
      error instanceof StatusError && error.status.reason === 'RequestEntityTooLarge';
    const { managedFields } = object.metadata;
    if (!isTooLarge || managedFields === undefined || request.isApplied === true) throw error;
    delete object.metadata.managedFields;
    return context.commits.put(request.resource, object, before);
  }
}
