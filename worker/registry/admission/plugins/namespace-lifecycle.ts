import { newNotFound, StatusError } from '../../../../apimachinery/status-error.ts';
import { refuse } from '../forbidden.ts';
import type { AdmissionPlugin } from '../plugin.ts';

/**
 * Upstream's NamespaceLifecycle, as far as the store does not do it by itself: what is created as a
 * part of an object (a binding, a token, an eviction) also needs a namespace that stays. The store
 * looks at objects, and the API keeps the namespaces that may not be deleted.
 */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  handles: ({ info, operation, subresource }) =>
    operation === 'CREATE' && subresource !== '' && info.namespaced && info.isReview !== true,
  admit(attributes, context) {
    const { namespace } = attributes;
    const found = context.namespaceObject();
    if (found === null) throw newNotFound({ group: '', resource: 'namespaces' }, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const { status } = refuse(attributes, why);
    const cause = {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    };
    throw new StatusError({ ...status, details: { ...status.details, causes: [cause] } });
  },
};
