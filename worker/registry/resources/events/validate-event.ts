import type { Event } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  byteLength,
  nameIsDNSSubdomain,
  validateDNS1123Subdomain,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';

/** The rules for events, of either group (pkg/apis/core/validation/events.go). Stored form. */

const MAX_TEXT_BYTES = 128;
const MAX_NOTE_BYTES = 1024;
const OTHER_NAMESPACE = 'does not match event.namespace';

type EventFields = Partial<Omit<Event, 'metadata'>>;

const eventOf = (object: KubernetesObject): EventFields => object as unknown as EventFields;

/** What holds for every event, whichever API it comes through. */
export function validateLegacyEvent(object: KubernetesObject): FieldError[] {
  const event = eventOf(object);
  const namespace = object.metadata.namespace ?? '';
  const errors = event.eventTime
    ? validateNewStyle(event, namespace)
    : validateSubject(event, namespace, namespace === '' || namespace === 'default');
  const messages = validateDNS1123Subdomain(namespace);
  return [...errors, ...messages.map((m) => invalid('namespace', namespace, m))];
}

/** An event is where its subject is; those about the cluster are in one of a few namespaces. */
function validateSubject(
  { involvedObject }: EventFields,
  namespace: string,
  isForCluster: boolean,
): FieldError[] {
  const subject = involvedObject?.namespace ?? '';
  const isFine = subject === '' ? isForCluster : subject === namespace;
  return isFine ? [] : [invalid('involvedObject.namespace', subject, OTHER_NAMESPACE)];
}

/** Events with an eventTime say who saw it, and what was done. */
function validateNewStyle(event: EventFields, namespace: string): FieldError[] {
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '' } = event;
  const errors: FieldError[] = [];
  const subject = event.involvedObject?.namespace ?? '';
  if (subject === '' && namespace !== 'default' && namespace !== 'kube-system') {
    errors.push(invalid('involvedObject.namespace', subject, OTHER_NAMESPACE));
  }
  const controller = 'reportingController';
  if (reportingComponent === '') errors.push(required(controller));
  errors.push(
    ...validateQualifiedName(reportingComponent).map((m) =>
      invalid(controller, reportingComponent, m),
    ),
    ...validateText(reportingInstance, 'reportingInstance'),
    ...validateText(action, 'action'),
    ...validateText(reason, 'reason'),
  );
  if (byteLength(event.message ?? '') > MAX_NOTE_BYTES) {
    errors.push(invalid('message', '', `can have at most ${MAX_NOTE_BYTES} characters`));
  }
  return errors;
}

function validateText(text: string, field: string): FieldError[] {
  if (text === '') return [required(field)];
  return byteLength(text) > MAX_TEXT_BYTES
    ? [invalid(field, '', `can have at most ${MAX_TEXT_BYTES} characters`)]
    : [];
}

/** What events.k8s.io/v1 asks of new events beside. */
export function validateStrictEvent(object: KubernetesObject): FieldError[] {
  const event = eventOf(object);
  const { name = '' } = object.metadata;
  const errors = [
    ...(name === '' ? [] : nameIsDNSSubdomain(name, false)).map((m) =>
      invalid('metadata.name', name, m),
    ),
    ...validateSeries(event),
  ];
  if (!event.eventTime) errors.push(required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    errors.push(invalid('type', '', `has invalid value: ${event.type ?? ''}`));
  }
  const refuse = (field: string, isSet: boolean): void => {
    if (isSet) errors.push(invalid(field, '', 'needs to be unset'));
  };
  refuse('firstTimestamp', Boolean(event.firstTimestamp));
  refuse('lastTimestamp', Boolean(event.lastTimestamp));
  refuse('count', Boolean(event.count));
  refuse('source', Boolean(event.source?.component) || Boolean(event.source?.host));
  return errors;
}

function validateSeries({ series }: EventFields): FieldError[] {
  if (series === undefined) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ];
}

/** Everything but the series stays as it was; in upstream's order, by the names that it tells. */
const KEPT: readonly [field: keyof EventFields, shown?: string][] = [
  ['involvedObject'],
  ['reason'],
  ['message'],
  ['source'],
  ['firstTimestamp'],
  ['lastTimestamp'],
  ['count'],
  ['type'],
  ['eventTime'],
  ['action'],
  ['related'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance'],
];

/** What events.k8s.io/v1 asks of a change beside. */
export function validateStrictEventUpdate(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const [event, before] = [eventOf(object), eventOf(old)];
  return [
    ...(deepEqual(event.series, before.series) ? [] : validateSeries(event)),
    ...KEPT.filter(([field]) => !isSame(event[field], before[field])).map(([field, shown]) =>
      invalid(shown ?? field, event[field] ?? null, IMMUTABLE),
    ),
  ];
}

/** An empty value means the same as none. */
function isSame(a: unknown, b: unknown): boolean {
  const plain = (value: unknown): unknown =>
    value === null || value === '' || value === 0 || deepEqual(value, {}) ? undefined : value;
  return deepEqual(plain(a), plain(b));
}
