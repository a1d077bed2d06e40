import type { Toleration } from 'kubernetes-types/core/v1.js';
import { quoteText } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { equalAmounts } from '../../quota/amounts.ts';
import type { PodFields } from '../../resources/pod/fields.ts';
import { refuse } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { mergeTolerations } from '../tolerations.ts';

const MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
const WITHOUT_CLASS =
  'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';

interface RuntimeClassFields extends KubernetesObject {
  overhead?: { podFixed?: Record<string, string> };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: Toleration[] };
}

/**
 * Upstream's RuntimeClass: a pod costs what the class of its runtime costs beside its containers,
 * and goes to nodes that have the runtime.
 */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'pods' && operation === 'CREATE' && subresource === '',
  admit(attributes, context) {
    const { object } = attributes;
    if (object === null) return;
    const found = classOf(attributes, context, object);
    if (found === null) return;
    setOverhead(attributes, specOf(object), found);
    setScheduling(attributes, specOf(object), found);
  },
  validate(attributes, context) {
    const { object } = attributes;
    if (object === null) return;
    const wanted = classOf(attributes, context, object)?.overhead;
    const { overhead } = specOf(object);
    if (wanted === undefined) {
      if (overhead !== undefined) throw refuse(attributes, WITHOUT_CLASS);
    } else if (!equalAmounts(wanted.podFixed, overhead)) throw refuse(attributes, MISMATCH);
  },
};

const specOf = (pod: KubernetesObject): PodFields => pod.spec ?? {};

function classOf(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pod: KubernetesObject,
): RuntimeClassFields | null {
  const name = specOf(pod).runtimeClassName;
  if (name === undefined) return null;
  const found = context.get('runtimeclasses.node.k8s.io', name);
  if (found !== null) return found;
  throw refuse(attributes, `pod rejected: RuntimeClass ${quoteText(name)} not found`);
}

function setOverhead(
  attributes: AdmissionAttributes,
  spec: PodFields,
  { overhead }: RuntimeClassFields,
): void {
  if (overhead === undefined) return;
  if (spec.overhead !== undefined && !equalAmounts(overhead.podFixed, spec.overhead)) {
    throw refuse(attributes, MISMATCH);
  }
  if (overhead.podFixed === undefined) delete spec.overhead;
  else spec.overhead = { ...overhead.podFixed };
}

function setScheduling(
  attributes: AdmissionAttributes,
  spec: PodFields,
  { scheduling }: RuntimeClassFields,
): void {
  if (scheduling === undefined) return;
  const { nodeSelector = {}, tolerations = [] } = scheduling;
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own === undefined || own === value) continue;
    const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
    throw refuse(attributes, why);
  }
  if (Object.keys(nodeSelector).length > 0) {
    spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  }
  const merged = mergeTolerations(spec.tolerations ?? [], tolerations);
  if (merged.length > 0) spec.tolerations = merged;
}
