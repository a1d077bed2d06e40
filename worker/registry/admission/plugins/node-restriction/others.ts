import { quoteText } from '../../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import { NODE_USER_PREFIX } from '../../../../../apimachinery/user-info.ts';
import { parseRequest } from '../../../resources/certificates/request-subject.ts';
import { deepEqual } from '../../../rest/deep-equal.ts';
import { refuse } from '../../forbidden.ts';
import type { AdmissionAttributes } from '../../plugin.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
const KUBELET_SIGNERS = new Set([
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/kube-apiserver-client-kubelet',
]);

const nameIn = ({ operation, name, object }: AdmissionAttributes): string =>
  operation === 'CREATE' ? (object?.metadata.name ?? '') : name;

/** Its heartbeat is a lease of its own name. */
export function restrictLease(node: string, attributes: AdmissionAttributes): void {
  if (attributes.namespace !== LEASE_NAMESPACE) {
    const where = quoteText(LEASE_NAMESPACE);
    throw refuse(attributes, `can only access leases in the ${where} system namespace`);
  }
  if (nameIn(attributes) === node) return;
  throw refuse(attributes, 'can only access node lease with the same name as the requesting node');
}

export function restrictCSINode(node: string, attributes: AdmissionAttributes): void {
  if (nameIn(attributes) === node) return;
  throw refuse(attributes, 'can only access CSINode with the same name as the requesting node');
}

/** Devices are published, and taken back, by the node that has them. */
export function restrictResourceSlice(node: string, attributes: AdmissionAttributes): void {
  const { operation, object, oldObject } = attributes;
  if (operation !== 'CREATE' && operation !== 'DELETE') return;
  const slice = operation === 'CREATE' ? object : oldObject;
  const { nodeName } = (slice?.spec ?? {}) as { nodeName?: string };
  if (nodeName === node) return;
  const verb = operation === 'CREATE' ? 'create' : 'delete';
  const why = `can only ${verb} ResourceSlice with the same NodeName as the requesting node`;
  throw refuse(attributes, why);
}

/** Certificates of nodes are in their own name. */
export function restrictCertificateRequest(node: string, attributes: AdmissionAttributes): void {
  if (attributes.operation !== 'CREATE') return;
  const { signerName = '', request = '' } = (attributes.object?.spec ?? {}) as {
    signerName?: string;
    request?: string;
  };
  if (!KUBELET_SIGNERS.has(signerName)) return;
  const parsed = parseRequest(request);
  if (!parsed.ok) throw refuse(attributes, `unable to parse csr: ${parsed.message}`);
  const wanted = `${NODE_USER_PREFIX}${node}`;
  if (parsed.subject.commonName === wanted) return;
  throw refuse(attributes, `can only create a node CSR with CN=${wanted}`);
}

const RESIZE_FIELDS = ['capacity', 'conditions', 'allocatedResourceStatuses', 'allocatedResources'];

/** Of claims it writes how far their resizing is. */
export function restrictVolumeClaim(node: string, attributes: AdmissionAttributes): void {
  const { operation, subresource, object, oldObject } = attributes;
  if (subresource !== 'status') throw refuse(attributes, 'may only update PVC status');
  if (operation !== 'UPDATE') throw refuse(attributes, `unexpected operation "${operation}"`);
  if (deepEqual(withoutResize(object), withoutResize(oldObject))) return;
  const why = `node ${quoteText(node)} is not allowed to update fields other than status.quantity and status.conditions`;
  throw refuse(attributes, why);
}

function withoutResize(claim: KubernetesObject | null): object {
  const { managedFields: _fields, resourceVersion: _version, ...metadata } = claim?.metadata ?? {};
  const status = Object.entries(claim?.status ?? {}).filter(
    ([field]) => !RESIZE_FIELDS.includes(field),
  );
  return { ...claim, metadata, status: Object.fromEntries(status) };
}
