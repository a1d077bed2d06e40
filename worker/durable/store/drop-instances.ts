import { controllerUser } from '../../../apimachinery/user-info.ts';
import { DEFINITIONS } from '../../registry/hidden-resources.ts';
import { acceptMirrored } from './activation.ts';
import type { StoreRuntime } from './store-runtime.ts';
import { deleteUnasked } from './verbs/delete.ts';

/**
 * Deletes what this store has of a custom resource whose definition is going away. From then on
 * nothing more of it can be made here.
 *
 * @param definition as it is being deleted, as JSON text.
 * @returns how many instances are left, waiting for their finalizers.
 */
export function dropInstances(runtime: StoreRuntime, name: string, definition: string): number {
  const { context, clock } = runtime;
  // A store without a slot is that of a namespace that is gone: nothing of it is reachable.
  if (!clock.holdsSlot) return 0;
  return context.commits.transact(() => {
    if (context.namespace !== '') acceptMirrored(runtime, DEFINITIONS, name, definition);
    for (const instance of context.store.list(name, {})) {
      deleteUnasked(context, {
        resource: name,
        name: instance.name,
        user: controllerUser('customresourcedefinition-controller'),
        options: {},
      });
    }
    return context.store.list(name, {}).length;
  });
}
