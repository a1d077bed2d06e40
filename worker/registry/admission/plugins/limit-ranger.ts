import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { aggregate, refuse } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { setLimitDefaults } from './limit-ranger/defaults.ts';
import { claimProblems, podProblems } from './limit-ranger/limits.ts';

const PROBLEMS = { pods: podProblems, persistentvolumeclaims: claimProblems };

/**
 * Upstream's LimitRanger: pods and claims are within the bounds of every LimitRange of their
 * namespace. Pods are looked at when they are made and when they are resized: nothing else changes
 * what they ask for.
 */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  handles({ info, operation, subresource }) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (info.storage === 'pods') {
      return operation === 'CREATE' ? subresource === '' : subresource === 'resize';
    }
    return info.storage === 'persistentvolumeclaims' && subresource === '';
  },
  admit(attributes, context) {
    const { object } = attributes;
    if (object === null || attributes.info.storage !== 'pods') return;
    for (const range of rangesFor(attributes, context)) setLimitDefaults(range, object);
  },
  validate(attributes, context) {
    const { object, info } = attributes;
    if (object === null) return;
    const problemsOf = info.storage === 'pods' ? PROBLEMS.pods : PROBLEMS.persistentvolumeclaims;
    for (const range of rangesFor(attributes, context)) {
      const problems = problemsOf(range, object);
      if (problems.length > 0) throw refuse(attributes, aggregate(problems));
    }
  },
};

/** By name. What is being deleted is left to go. */
function rangesFor(
  { oldObject }: AdmissionAttributes,
  context: AdmissionContext,
): readonly KubernetesObject[] {
  if (oldObject?.metadata.deletionTimestamp !== undefined) return [];
  const ranges = context.list('limitranges');
  if (ranges.length < 2) return ranges;
  const name = ({ metadata }: KubernetesObject): string => metadata.name ?? '';
  return [...ranges].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}
