import { quoteText } from '../../../../apimachinery/field-error.ts';
import {
  NODE_USER_PREFIX,
  NODES_GROUP,
  type UserInfo,
} from '../../../../apimachinery/user-info.ts';
import { refuse } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { restrictNode } from './node-restriction/nodes.ts';
import {
  restrictCertificateRequest,
  restrictCSINode,
  restrictLease,
  restrictResourceSlice,
  restrictVolumeClaim,
} from './node-restriction/others.ts';
import { restrictEviction, restrictPod, restrictPodStatus } from './node-restriction/pods.ts';
import { restrictToken } from './node-restriction/tokens.ts';

type Restrict = (node: string, attributes: AdmissionAttributes, context: AdmissionContext) => void;

const RESTRICTED: ReadonlyMap<string, Restrict> = new Map<string, Restrict>([
  ['pods', restrictPodOrPart],
  ['nodes', restrictNode],
  ['persistentvolumeclaims', restrictVolumeClaim],
  ['serviceaccounts', restrictToken],
  ['leases.coordination.k8s.io', restrictLease],
  ['csinodes.storage.k8s.io', restrictCSINode],
  ['resourceslices.resource.k8s.io', restrictResourceSlice],
  ['certificatesigningrequests.certificates.k8s.io', restrictCertificateRequest],
]);

/** Upstream's NodeRestriction: a node writes what is about itself, and about the pods that it runs. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  handles: ({ operation, user }) => operation !== 'CONNECT' && nodeOf(user) !== null,
  admit(attributes, context) {
    const node = nodeOf(attributes.user);
    if (node === null) return;
    if (node === '') {
      const name = quoteText(attributes.user.name);
      throw refuse(attributes, `could not determine node from user ${name}`);
    }
    RESTRICTED.get(attributes.info.storage)?.(node, attributes, context);
  },
};

/** The node that a user is; null for others. */
function nodeOf({ name, groups }: UserInfo): string | null {
  return name.startsWith(NODE_USER_PREFIX) && groups.includes(NODES_GROUP)
    ? name.slice(NODE_USER_PREFIX.length)
    : null;
}

function restrictPodOrPart(
  node: string,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  switch (attributes.subresource) {
    case '':
      return restrictPod(node, attributes, context);
    case 'status':
      return restrictPodStatus(node, attributes);
    case 'eviction':
      return restrictEviction(node, attributes, context);
    default: {
      const part = quoteText(attributes.subresource);
      const why = `unexpected pod subresource ${part}, only 'status' and 'eviction' are allowed`;
      throw refuse(attributes, why);
    }
  }
}
