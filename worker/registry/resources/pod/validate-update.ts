import type { NodeAffinity, NodeSelectorTerm, Toleration } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { ContainerFields, PodFields } from './fields.ts';
import { validateAnnotationsKept, validatePodAnnotations } from './validate-annotations.ts';
import { podSpecOf, validatePodItself } from './validate-pod.ts';
import { validateTolerations } from './validate-scheduling.ts';

const LENGTH_MESSAGE = 'pod updates may not add or remove containers';
const CHANGE_MESSAGE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
const MAX_INT32 = 2_147_483_647;

/**
 * What may change in the spec of a pod that exists: images, an earlier deadline, more tolerations,
 * scheduling gates that open (pkg/apis/core/validation, ValidatePodUpdate).
 */
export function validatePodUpdate(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [spec, before] = [podSpecOf(object), podSpecOf(old)];
  const errors = [
    ...validatePodItself(object),
    ...validateAnnotationsKept(object, old),
    ...validatePodAnnotations(object.metadata.annotations, spec, 'metadata.annotations'),
  ];
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, then] = [spec[list] ?? [], before[list] ?? []];
    if (now.length !== then.length) return [...errors, forbidden(`spec.${list}`, LENGTH_MESSAGE)];
    errors.push(...now.flatMap((container, i) => validateImage(container, `spec.${list}[${i}]`)));
  }
  const deadline = validateDeadline(spec, before);
  errors.push(...deadline.errors);
  if (deadline.isFinal) return errors;
  errors.push(
    ...validateTolerationsGrow(spec.tolerations ?? [], before.tolerations ?? []),
    ...validateGatesOpen(spec, before),
  );
  const masked = withChangeable(spec, before);
  if ((before.schedulingGates ?? []).length > 0) {
    errors.push(...validateGatedPlacement(spec, before));
    Object.assign(masked, placementOf(spec, before));
  }
  if (!deepEqual(masked, before)) errors.push(forbidden('spec', CHANGE_MESSAGE));
  return errors;
}

function validateImage({ image = '' }: ContainerFields, path: string): FieldError[] {
  if (image === '') return [required(`${path}.image`)];
  const detail = 'must not have leading or trailing whitespace';
  return image.trim() === image ? [] : [invalid(`${path}.image`, image, detail)];
}

/** The new spec with everything that may change as it was before. */
function withChangeable(spec: PodFields, before: PodFields): PodFields {
  const images = (list: 'containers' | 'initContainers') =>
    spec[list]?.map((container, i) => {
      const image = before[list]?.[i]?.image;
      return image === undefined ? container : { ...container, image };
    });
  const grace =
    (before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1
      ? before.terminationGracePeriodSeconds
      : spec.terminationGracePeriodSeconds;
  const masked = { ...spec };
  Object.assign(masked, {
    containers: images('containers'),
    initContainers: images('initContainers'),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    tolerations: before.tolerations,
    schedulingGates: before.schedulingGates,
    terminationGracePeriodSeconds: grace,
  });
  return masked;
}

function validateDeadline(
  spec: PodFields,
  before: PodFields,
): { errors: FieldError[]; isFinal: boolean } {
  const field = 'spec.activeDeadlineSeconds';
  const [now, then] = [spec.activeDeadlineSeconds, before.activeDeadlineSeconds];
  const refuse = (value: number | null, detail: string, isFinal: boolean) => ({
    errors: [invalid(field, value, detail)],
    isFinal,
  });
  if (now === undefined) {
    return then === undefined
      ? { errors: [], isFinal: false }
      : refuse(null, 'must not update from a positive integer to nil value', false);
  }
  if (now < 0 || now > MAX_INT32) {
    return refuse(now, `must be between 0 and ${MAX_INT32}, inclusive`, true);
  }
  if (then !== undefined && now > then) {
    return refuse(now, 'must be less than or equal to previous value', true);
  }
  return { errors: [], isFinal: false };
}

function validateTolerationsGrow(
  now: readonly Toleration[],
  before: readonly Toleration[],
): FieldError[] {
  const isSame = (a: Toleration, b: Toleration): boolean =>
    deepEqual({ ...a, tolerationSeconds: 0 }, { ...b, tolerationSeconds: 0 });
  const detail = 'existing toleration can not be modified except its tolerationSeconds';
  return before.every((old) => now.some((toleration) => isSame(toleration, old)))
    ? validateTolerations(now, 'spec.tolerations')
    : [forbidden('spec.tolerations', detail)];
}

function validateGatesOpen(spec: PodFields, before: PodFields): FieldError[] {
  const allowed = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  return (spec.schedulingGates ?? []).flatMap(({ name }, i) => {
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return allowed.has(name) ? [] : [forbidden(`spec.schedulingGates[${i}].name`, detail)];
  });
}

/** A gated pod is not placed yet, so where it may go can still be narrowed (KEP-3838). */
function validateGatedPlacement(spec: PodFields, before: PodFields): FieldError[] {
  const errors: FieldError[] = [];
  const [selector, oldSelector] = [spec.nodeSelector ?? {}, before.nodeSelector ?? {}];
  if (Object.entries(oldSelector).some(([key, value]) => selector[key] !== value)) {
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    errors.push(invalid('spec.nodeSelector', spec.nodeSelector ?? null, detail));
  }
  const [affinity, oldAffinity] = [spec.affinity?.nodeAffinity, before.affinity?.nodeAffinity];
  if (deepEqual(affinity, oldAffinity)) return errors;
  return [...errors, ...validateAffinityNarrowed(affinity, oldAffinity)];
}

function validateAffinityNarrowed(
  now: NodeAffinity | undefined,
  before: NodeAffinity | undefined,
): FieldError[] {
  const termsOf = (affinity: NodeAffinity | undefined): NodeSelectorTerm[] =>
    affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const [terms, oldTerms] = [termsOf(now), termsOf(before)];
  if (oldTerms.length === 0) return [];
  const field =
    'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  if (oldTerms.length !== terms.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [invalid(field, terms.map(shownTerm), detail)];
  }
  return oldTerms.flatMap((old, i) => {
    const term = terms[i] ?? {};
    const detail = 'only additions are allowed (no mutations or deletions)';
    return onlyAddsTo(term, old) ? [] : [invalid(`${field}[${i}]`, shownTerm(term), detail)];
  });
}

/** As upstream's internal type prints it. */
const shownTerm = (term: NodeSelectorTerm): object => {
  const shown = (list: NodeSelectorTerm['matchFields']) =>
    list?.map(({ key, operator, values }) => ({
      Key: key,
      Operator: operator,
      Values: values ?? null,
    })) ?? null;
  return { MatchExpressions: shown(term.matchExpressions), MatchFields: shown(term.matchFields) };
};

function onlyAddsTo(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const;
  const isEmpty = (t: NodeSelectorTerm): boolean => lists.every((l) => (t[l] ?? []).length === 0);
  // An empty term is true of no node; anything in it would make it true of some.
  if (isEmpty(old)) return isEmpty(term);
  return lists.every((list) => {
    const before = old[list] ?? [];
    return deepEqual((term[list] ?? []).slice(0, before.length), before);
  });
}

/** The placement as it was before, in what a gated pod may change of it. */
function placementOf(spec: PodFields, before: PodFields): Partial<PodFields> {
  const { nodeAffinity: _now, ...others } = spec.affinity ?? {};
  const old = before.affinity?.nodeAffinity;
  const affinity = old === undefined ? others : { ...others, nodeAffinity: old };
  const isNew = before.affinity === undefined && Object.keys(affinity).length === 0;
  // Undefined stands for absent here: only equality is asked of the result.
  return {
    nodeSelector: before.nodeSelector,
    affinity: isNew ? undefined : affinity,
  } as Partial<PodFields>;
}
