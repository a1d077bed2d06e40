import type { MetricIdentifier, MetricSpec } from 'kubernetes-types/autoscaling/v2.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateDNS1123Label, validatePathSegmentName } from '../../../../apimachinery/names.ts';
import { quantityOf, validateContainerResourceName } from '../resource-names.ts';
import type { Target } from './types.ts';
import { type ReferenceOptions, validateReference } from './validate-reference.ts';

const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];

/** A source of metrics, with all that it may have. */
interface Source {
  readonly name?: string;
  readonly container?: string;
  readonly describedObject?: { kind: string; name: string };
  readonly metric?: Partial<MetricIdentifier>;
  readonly target?: Target;
}

/** The sources, in the order in which upstream looks at them, each with the type that has it. */
const SOURCES: readonly (readonly [
  field: 'object' | 'external' | 'pods' | 'resource' | 'containerResource',
  type: string,
  validate: (source: Source, path: string, object: ReferenceOptions) => FieldError[],
])[] = [
  ['object', 'Object', validateObject],
  ['external', 'External', validateExternal],
  ['pods', 'Pods', validatePods],
  ['resource', 'Resource', validateResource],
  ['containerResource', 'ContainerResource', validateContainerResource],
];

/** Validates a metric (validateMetricSpec). `object` is for the object that a metric is about. */
export function validateMetric(
  metric: Partial<MetricSpec>,
  path: string,
  object: ReferenceOptions,
): FieldError[] {
  const { type = '' } = metric;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric source type'));
  if (!TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES));
  const present = SOURCES.filter(
    ([field]) => metric[field] !== undefined && metric[field] !== null,
  );
  const [first] = present;
  if (first !== undefined) {
    const [field, , validate] = first;
    errors.push(...validate(metric[field] ?? {}, `${path}.${field}`, object));
  }
  const own = SOURCES.find(([, of]) => of === type);
  if (own === undefined) errors.push(notSupported(`${path}.type`, type, TYPES));
  else if (!present.includes(own)) {
    const detail = 'must populate information for the given metric source';
    errors.push(required(`${path}.${own[0]}`, detail));
  }
  if (present.length === 1) return errors;
  const others = present.filter((source) => source !== own);
  return [
    ...errors,
    ...others.map(([field]) =>
      forbidden(`${path}.${field}`, 'must populate the given metric source only'),
    ),
  ];
}

function validateObject(source: Source, path: string, object: ReferenceOptions): FieldError[] {
  const { value, averageValue } = source.target ?? {};
  return [
    ...validateReference(source.describedObject, `${path}.describedObject`, object),
    ...validateIdentifier(source.metric, `${path}.metric`),
    ...validateTarget(source.target, `${path}.target`),
    ...(value === undefined && averageValue === undefined
      ? [required(`${path}.target.averageValue`, 'must set either a target value or averageValue')]
      : []),
  ];
}

function validateExternal(source: Source, path: string): FieldError[] {
  const { value, averageValue } = source.target ?? {};
  const errors = [
    ...validateIdentifier(source.metric, `${path}.metric`),
    ...validateTarget(source.target, `${path}.target`),
  ];
  if (value === undefined && averageValue === undefined) {
    const detail = 'must set either a target value for metric or a per-pod target';
    errors.push(required(`${path}.target.averageValue`, detail));
  }
  if (value !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target value for metric and a per-pod target';
    errors.push(forbidden(`${path}.target.value`, detail));
  }
  return errors;
}

function validatePods(source: Source, path: string): FieldError[] {
  const errors = [
    ...validateIdentifier(source.metric, `${path}.metric`),
    ...validateTarget(source.target, `${path}.target`),
  ];
  const detail = 'must specify a positive target averageValue';
  return source.target?.averageValue !== undefined
    ? errors
    : [...errors, required(`${path}.target.averageValue`, detail)];
}

function validateResource(source: Source, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!source.name) errors.push(required(`${path}.name`, 'must specify a resource name'));
  return [...errors, ...validateShare(source, path)];
}

function validateContainerResource(source: Source, path: string): FieldError[] {
  const { name = '', container = '' } = source;
  return [
    ...(name === ''
      ? [required(`${path}.name`, 'must specify a resource name')]
      : validateContainerResourceName(name, `${path}.name`)),
    ...(container === ''
      ? [required(`${path}.container`, 'must specify a container')]
      : validateDNS1123Label(container).map((m) => invalid(`${path}.container`, container, m))),
    ...validateShare(source, path),
  ];
}

/** What of a resource is aimed at: an amount, or a share of what was requested. */
function validateShare(source: Source, path: string): FieldError[] {
  const errors = validateTarget(source.target, `${path}.target`);
  const { averageUtilization, averageValue } = source.target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.push(required(`${path}.target.averageUtilization`, detail));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    errors.push(forbidden(`${path}.target.averageValue`, detail));
  }
  return errors;
}

function validateIdentifier(
  metric: Partial<MetricIdentifier> | undefined,
  path: string,
): FieldError[] {
  const name = metric?.name ?? '';
  if (name === '') return [required(`${path}.name`, 'must specify a metric name')];
  return validatePathSegmentName(name, false).map((m) => invalid(`${path}.name`, name, m));
}

const isPositive = (text: unknown): boolean => (quantityOf(text)?.nano ?? 0n) > 0n;

function validateTarget(target: Target | undefined, path: string): FieldError[] {
  const { type = '', averageUtilization } = target ?? {};
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric target type'));
  if (!TARGET_TYPES.includes(type)) {
    const detail = 'must be either Utilization, Value, or AverageValue';
    errors.push(invalid(`${path}.type`, type, detail));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const text = target?.[field];
    if (text === undefined || isPositive(text)) continue;
    errors.push(invalid(`${path}.${field}`, quantityOf(text)?.toString(), 'must be positive'));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    const detail = 'must be greater than 0';
    errors.push(invalid(`${path}.averageUtilization`, averageUtilization, detail));
  }
  return errors;
}
