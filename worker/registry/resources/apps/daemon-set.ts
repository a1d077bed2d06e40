import type { DaemonSetSpec } from 'kubernetes-types/apps/v1.js';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateLabelSelector } from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { isZeroShare, validateAtMostAll, validateIntOrPercent } from '../int-or-percent.ts';
import {
  setTemplateDefaults,
  templateWarnings,
  validatePodTemplate,
  validateRestartsForever,
} from '../pod/template.ts';
import { validateCollisionCount, validateCounts } from '../replica-status.ts';
import { keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { dropDisabledPodFields } from '../pod/drop-disabled.ts';
import { notNegative, parseSelector, validateSelectorUnchanged } from '../workload.ts';

const specOf = (object: KubernetesObject): Partial<DaemonSetSpec> => object.spec ?? {};

/** Counts the changes of the template; a field of the spec before apps/v1. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];

export const daemonSetStrategy: Strategy = {
  setDefaults(object) {
    const spec = specOf(object);
    object.spec = spec;
    const strategy = (spec.updateStrategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate ??= {};
      strategy.rollingUpdate.maxUnavailable ??= 1;
      strategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    setTemplateDefaults(spec.template);
  },
  prepareForCreate(object) {
    dropDisabledPodFields(specOf(object).template?.spec);
    object.status = {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    };
    setTemplateGeneration(object, Math.max(1, templateGeneration(object)));
  },
  validate: validateDaemonSet,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropDisabledPodFields(specOf(object).template?.spec, specOf(old).template?.spec);
    const changed = !deepEqual(specOf(object).template, specOf(old).template);
    setTemplateGeneration(object, templateGeneration(old) + (changed ? 1 : 0));
  },
  validateUpdate: (object, old) => [
    ...validateDaemonSet(object),
    ...validateSelectorUnchanged(object, old),
  ],
  warnings: (object, old) =>
    templateWarnings(object, old, specOf(object).template, 'spec.template'),
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: newStatusSubresource((object, old) => [
      ...validateCounts(object, COUNTS),
      ...validateCollisionCount(object, old),
    ]),
  },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function templateGeneration(object: KubernetesObject): number {
  const value = Number(object.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
  return Number.isSafeInteger(value) ? value : 0;
}

function setTemplateGeneration(object: KubernetesObject, generation: number): void {
  object.metadata.annotations = {
    ...object.metadata.annotations,
    [TEMPLATE_GENERATION]: String(generation),
  };
}

function validateDaemonSet(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const { selector, template } = spec;
  const errors = validateLabelSelector(selector, 'spec.selector');
  const labels = template?.metadata?.labels;
  const parsed = parseSelector(selector);
  if (parsed !== undefined && !parsed.matches(labels)) {
    const detail = '`selector` does not match template `labels`';
    errors.push(invalid('spec.template.metadata.labels', labels ?? null, detail));
  }
  const count =
    Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length;
  if (selector !== undefined && selector !== null && count === 0) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  }
  return [
    ...errors,
    ...validatePodTemplate(template, 'spec.template'),
    ...validateRestartsForever(template, 'spec.template', 'DaemonSet'),
    ...notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateUpdateStrategy(spec),
    ...notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

function validateUpdateStrategy(spec: Partial<DaemonSetSpec>): FieldError[] {
  const { type = '', rollingUpdate } = spec.updateStrategy ?? {};
  const path = 'spec.updateStrategy';
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') {
    // As upstream's internal type prints it.
    const update =
      rollingUpdate === undefined
        ? null
        : {
            MaxUnavailable: rollingUpdate.maxUnavailable ?? 0,
            MaxSurge: rollingUpdate.maxSurge ?? 0,
          };
    const value = { Type: type, RollingUpdate: update };
    return [notSupported(path, value, ['RollingUpdate', 'OnDelete'])];
  }
  if (rollingUpdate === undefined) return [required(`${path}.rollingUpdate`)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const unavailable = `${path}.rollingUpdate.maxUnavailable`;
  const surge = `${path}.rollingUpdate.maxSurge`;
  const errors = [
    ...validateIntOrPercent(maxUnavailable, unavailable),
    ...validateIntOrPercent(maxSurge, surge),
    ...validateAtMostAll(maxUnavailable, unavailable),
    ...validateAtMostAll(maxSurge, surge),
  ];
  const mayBeUnavailable = !isZeroShare(maxUnavailable);
  const maySurge = !isZeroShare(maxSurge);
  if (mayBeUnavailable && maySurge) {
    errors.push(invalid(surge, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (!mayBeUnavailable && !maySurge) {
    errors.push(required(unavailable, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}
