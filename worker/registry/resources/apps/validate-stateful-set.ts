import type { StatefulSetSpec } from 'kubernetes-types/apps/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { type LabelSelector, validateLabels } from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { validateDNS1123Label } from '../../../../apimachinery/names.ts';
import { validateAnnotations } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { isZeroShare, validateAtMostAll, validateIntOrPercent } from '../int-or-percent.ts';
import { validatePodTemplate, validateRestartsForever } from '../pod/template.ts';
import { notNegative, validateLabelsSelected, validateSelector } from '../workload.ts';

type Spec = Partial<StatefulSetSpec>;
type RollingUpdate = NonNullable<StatefulSetSpec['updateStrategy']>['rollingUpdate'];

interface Tolerances {
  /** Names of services were not always checked, and never change. */
  readonly invalidServiceName: boolean;
  /** Templates were not always checked: what was wrong before may stay. */
  readonly invalidTemplates: boolean;
}

const STRICT: Tolerances = { invalidServiceName: false, invalidTemplates: false };
const CHANGE_MESSAGE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

const specOf = (object: KubernetesObject): Spec => object.spec ?? {};

export const validateStatefulSet = (object: KubernetesObject): FieldError[] =>
  validateSpec(specOf(object), STRICT);

export function validateStatefulSetUpdate(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const [spec, before] = [specOf(object), specOf(old)];
  const named: Tolerances = { invalidServiceName: true, invalidTemplates: false };
  const wasInvalid = validateSpec(before, named).length > 0;
  const errors = validateSpec(spec, { ...named, invalidTemplates: wasInvalid });
  return deepEqual(fixedPart(spec), fixedPart(before))
    ? errors
    : [...errors, forbidden('spec', CHANGE_MESSAGE)];
}

/** The part of the spec that never changes. */
function fixedPart(spec: Spec): Spec {
  const {
    replicas: _replicas,
    template: _template,
    updateStrategy: _updateStrategy,
    minReadySeconds: _minReadySeconds,
    ordinals: _ordinals,
    revisionHistoryLimit: _revisionHistoryLimit,
    persistentVolumeClaimRetentionPolicy: _retention,
    ...fixed
  } = spec;
  return fixed;
}

function validateSpec(spec: Spec, tolerances: Tolerances): FieldError[] {
  const { parsed, errors } = validateSelector(
    spec.selector,
    'empty selector is invalid for statefulset',
  );
  return [
    ...validatePodManagementPolicy(spec.podManagementPolicy ?? ''),
    ...validateUpdateStrategy(spec),
    ...validateRetention(spec),
    ...notNegative(spec.replicas, 'spec.replicas'),
    ...notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...notNegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...(tolerances.invalidServiceName ? [] : validateServiceName(spec.serviceName)),
    ...errors,
    ...(parsed === undefined
      ? [invalid('spec.selector', spec.selector, '')]
      : validateTemplate(spec, parsed, tolerances)),
    ...validateRestartsForever(spec.template, 'spec.template', 'StatefulSet'),
  ];
}

function validatePodManagementPolicy(policy: string): FieldError[] {
  const field = 'spec.podManagementPolicy';
  if (policy === '') return [required(field)];
  return policy === 'OrderedReady' || policy === 'Parallel'
    ? []
    : [invalid(field, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateUpdateStrategy(spec: Spec): FieldError[] {
  const { type = '', rollingUpdate } = spec.updateStrategy ?? {};
  const path = 'spec.updateStrategy';
  switch (type) {
    case '':
      return [required(path)];
    case 'OnDelete':
      return rollingUpdate === undefined
        ? []
        : [
            invalid(
              `${path}.rollingUpdate`,
              shown(rollingUpdate),
              "only allowed for updateStrategy 'RollingUpdate'",
            ),
          ];
    case 'RollingUpdate':
      return validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`);
    default: {
      const value = { Type: type, RollingUpdate: shown(rollingUpdate) };
      return [invalid(path, value, "must be 'RollingUpdate' or 'OnDelete'")];
    }
  }
}

/** As upstream's internal type prints it. */
function shown(update: RollingUpdate): object | null {
  if (update === undefined) return null;
  return { Partition: update.partition ?? 0, MaxUnavailable: update.maxUnavailable ?? null };
}

function validateRollingUpdate(update: RollingUpdate, path: string): FieldError[] {
  const errors = notNegative(update?.partition, `${path}.partition`);
  const most = update?.maxUnavailable;
  if (most === undefined) return errors;
  const field = `${path}.maxUnavailable`;
  return [
    ...errors,
    ...validateIntOrPercent(most, field),
    ...(isZeroShare(most) ? [invalid(field, most, 'cannot be 0')] : []),
    ...validateAtMostAll(most, field),
  ];
}

function validateRetention(spec: Spec): FieldError[] {
  const policy = spec.persistentVolumeClaimRetentionPolicy;
  if (policy === undefined) return [];
  const valid = ['Retain', 'Delete'];
  return (['whenDeleted', 'whenScaled'] as const).flatMap((when) => {
    const value = policy[when] ?? '';
    const field = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
    return valid.includes(value) ? [] : [notSupported(field, value, valid)];
  });
}

function validateServiceName(name: string | undefined): FieldError[] {
  if (!name) return [];
  return validateDNS1123Label(name).map((m) => invalid('spec.serviceName', name, m));
}

function validateTemplate(
  spec: Spec,
  selector: LabelSelector,
  { invalidTemplates }: Tolerances,
): FieldError[] {
  const { template } = spec;
  const path = 'spec.template';
  const errors = validateLabelsSelected(selector, template, path);
  if (invalidTemplates) {
    errors.push(
      ...validateLabels(template?.metadata?.labels, `${path}.labels`),
      ...validateAnnotations(template?.metadata?.annotations, `${path}.annotations`),
    );
    return errors;
  }
  return [...errors, ...validatePodTemplate(withClaims(spec), path)];
}

/** The template with the volumes that the claims will be: its containers may mount them. */
function withClaims(spec: Spec): StatefulSetSpec['template'] | undefined {
  const claims = (spec.volumeClaimTemplates ?? []).flatMap(({ metadata }) => metadata?.name ?? []);
  if (spec.template?.spec === undefined || claims.length === 0) return spec.template;
  const replaced = new Set(claims);
  const volumes = (spec.template.spec.volumes ?? []).filter(({ name }) => !replaced.has(name));
  const added = [...replaced].map((name) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  return {
    ...spec.template,
    spec: { ...spec.template.spec, volumes: [...volumes, ...added] },
  };
}
