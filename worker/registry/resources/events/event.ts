import type { Event } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { validatePathSegmentName } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import {
  validateLegacyEvent,
  validateStrictEvent,
  validateStrictEventUpdate,
} from './validate-event.ts';

const eventOf = (object: KubernetesObject): Partial<Event> => object as unknown as Partial<Event>;

/** Events of the core group, which is how they are stored. */
export const eventStrategy: Strategy = {
  validate: validateLegacyEvent,
  validateUpdate: validateLegacyEvent,
  validateName: validatePathSegmentName,
  selectableFields(object) {
    const { reason, source, reportingComponent, type } = eventOf(object);
    return {
      ...fieldsAbout(object, 'involvedObject'),
      reason: reason ?? '',
      reportingComponent: reportingComponent ?? '',
      source: source?.component || reportingComponent || '',
      type: type ?? '',
    };
  },
  viewFields: (object) => ({
    ...fieldsAbout(object, 'regarding'),
    reportingController: eventOf(object).reportingComponent ?? '',
  }),
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

/** The object that an event is about, field by field. */
function fieldsAbout(object: KubernetesObject, field: string): Record<string, string> {
  const about = eventOf(object).involvedObject;
  return {
    [`${field}.kind`]: about?.kind ?? '',
    [`${field}.namespace`]: about?.namespace ?? '',
    [`${field}.name`]: about?.name ?? '',
    [`${field}.uid`]: about?.uid ?? '',
    [`${field}.apiVersion`]: about?.apiVersion ?? '',
    [`${field}.resourceVersion`]: about?.resourceVersion ?? '',
    [`${field}.fieldPath`]: about?.fieldPath ?? '',
  };
}

/** The same events when they are written through events.k8s.io/v1: what is new has to be complete. */
export const strictEventStrategy: Strategy = {
  ...eventStrategy,
  validate: (object) => [...validateLegacyEvent(object), ...validateStrictEvent(object)],
  validateUpdate: (object, old) => [
    ...validateLegacyEvent(object),
    ...validateStrictEventUpdate(object, old),
  ],
};

/** What events.k8s.io/v1 itself shows: the fields that it can be selected by have other names. */
export const eventViewStrategy: Strategy = {
  selectableFields: () => ({
    ...Object.fromEntries(
      ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
        (field) => [`regarding.${field}`, ''],
      ),
    ),
    reason: '',
    reportingController: '',
    type: '',
  }),
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};
