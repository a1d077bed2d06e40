import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { PodFields } from '../../resources/pod/fields.ts';
import { refuse } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';

const CLASSES = 'priorityclasses.scheduling.k8s.io';

interface PriorityClassFields extends KubernetesObject {
  value?: number;
  globalDefault?: boolean;
  preemptionPolicy?: string;
}

/**
 * Upstream's Priority: a pod has the priority of its class, or of the class that is everybody's, or
 * none. It cannot be given as a number, and there is one class that is everybody's at most.
 */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  handles: ({ info, operation, subresource }) =>
    subresource === '' &&
    (operation === 'CREATE' || operation === 'UPDATE') &&
    (info.storage === 'pods' || info.storage === CLASSES),
  admit(attributes, context) {
    const { object, oldObject, info, operation } = attributes;
    if (object === null || info.storage !== 'pods') return;
    if (operation === 'CREATE') setPriority(attributes, context, object);
    else if (oldObject !== null) keepPriority(object, oldObject);
  },
  validate(attributes, context) {
    const { object, info, operation } = attributes;
    if (object === null || info.storage !== CLASSES) return;
    if ((object as PriorityClassFields).globalDefault !== true) return;
    const present = globalDefault(context)?.metadata.name;
    if (present === undefined) return;
    if (operation === 'UPDATE' && present === object.metadata.name) return;
    throw refuse(
      attributes,
      `PriorityClass ${present} is already marked as default. Only one default can exist`,
    );
  },
};

const specOf = (pod: KubernetesObject): PodFields => pod.spec ?? {};

function setPriority(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pod: KubernetesObject,
): void {
  const spec = specOf(pod);
  pod.spec = spec;
  const found = classFor(attributes, context, spec);
  if (found !== null && !spec.priorityClassName) spec.priorityClassName = found.metadata.name ?? '';
  const value = found?.value ?? 0;
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refuse(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  const policy = found === null ? 'PreemptLowerPriority' : found.preemptionPolicy;
  if (policy === undefined) return;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refuse(
      attributes,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.preemptionPolicy = policy;
}

/** The class of a pod: its own, or everybody's; null where there is neither. */
function classFor(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  { priorityClassName }: PodFields,
): PriorityClassFields | null {
  if (!priorityClassName) return globalDefault(context);
  const found = context.get(CLASSES, priorityClassName);
  if (found !== null) return found;
  throw refuse(attributes, `no PriorityClass with name ${priorityClassName} was found`);
}

/** Of several, which only a race can make, the one that gives least. */
function globalDefault(context: AdmissionContext): PriorityClassFields | null {
  let least: PriorityClassFields | null = null;
  for (const candidate of context.list(CLASSES) as readonly PriorityClassFields[]) {
    if (candidate.globalDefault !== true) continue;
    if (least === null || (candidate.value ?? 0) < (least.value ?? 0)) least = candidate;
  }
  return least;
}

/** Clients that do not know what admission filled in leave it out, and mean no change. */
function keepPriority(pod: KubernetesObject, old: KubernetesObject): void {
  const [spec, before] = [specOf(pod), specOf(old)];
  if (before.priority !== undefined) spec.priority ??= before.priority;
  if (before.preemptionPolicy !== undefined) spec.preemptionPolicy ??= before.preemptionPolicy;
}
