import type { NodeSpec } from 'kubernetes-types/core/v1.js';
import { quoteText } from '../../../../../apimachinery/field-error.ts';
import type { Labels } from '../../../../../apimachinery/label-requirement.ts';
import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import { deepEqual } from '../../../rest/deep-equal.ts';
import { refuse } from '../../forbidden.ts';
import type { AdmissionAttributes } from '../../plugin.ts';

/** Labels that are for administrators alone. */
const RESTRICTED = 'node-restriction.kubernetes.io';
/** What of the project's own labels a node says of itself (k8s.io/kubelet pkg/apis). */
const OWN_LABELS = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
]);
const OWN_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

/**
 * A node writes its own Node, but neither taints nor labels by which it could draw pods to itself
 * that are not for it.
 */
export function restrictNode(node: string, attributes: AdmissionAttributes): void {
  const { operation, object, oldObject } = attributes;
  const name = attributes.name || (object?.metadata.name ?? '');
  const self = `node ${quoteText(node)}`;
  if (name !== node) {
    throw refuse(attributes, `${self} is not allowed to modify node ${quoteText(name)}`);
  }
  if (object === null) return;
  if (operation === 'CREATE') {
    if (specOf(object).configSource !== undefined) {
      throw refuse(attributes, `${self} is not allowed to create pods with a non-nil configSource`);
    }
    const labels = forbiddenLabels(object.metadata.labels, {});
    if (labels.length > 0) {
      const why = `${self} is not allowed to set the following labels: ${labels.join(', ')}`;
      throw refuse(attributes, why);
    }
  } else if (operation === 'UPDATE' && oldObject !== null) {
    const problem = updateProblem(self, object, oldObject);
    if (problem !== null) throw refuse(attributes, problem);
  }
}

function updateProblem(self: string, node: KubernetesObject, old: KubernetesObject): string | null {
  const [spec, before] = [specOf(node), specOf(old)];
  if (spec.configSource !== undefined && !deepEqual(spec.configSource, before.configSource)) {
    return `${self} is not allowed to update configSource to a new non-nil configSource`;
  }
  if (!deepEqual(spec.taints ?? [], before.taints ?? [])) {
    return `${self} is not allowed to modify taints`;
  }
  if (!deepEqual(node.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
    return `${self} is not allowed to modify ownerReferences`;
  }
  const labels = forbiddenLabels(node.metadata.labels, old.metadata.labels);
  return labels.length === 0 ? null : `is not allowed to modify labels: ${labels.join(', ')}`;
}

const specOf = (node: KubernetesObject): NodeSpec => node.spec ?? {};

/** Of the labels that differ, those that are not a node's to set. */
function forbiddenLabels(now: Labels = {}, before: Labels = {}): string[] {
  const keys = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...keys].filter((key) => now[key] !== before[key] && isForbidden(key)).sort();
}

function isForbidden(key: string): boolean {
  const slash = key.indexOf('/');
  const domain = slash < 0 ? '' : key.slice(0, slash);
  const isIn = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (isIn(RESTRICTED)) return true;
  const isTheProjects = isIn('kubernetes.io') || isIn('k8s.io');
  return isTheProjects && !OWN_LABELS.has(key) && !OWN_DOMAINS.some(isIn);
}
