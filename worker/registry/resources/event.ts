import type { Event } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';

const eventOf = (object: KubernetesObject): Partial<Event> => object as unknown as Partial<Event>;

export const eventStrategy: Strategy = {
  validate: validateEvent,
  validateUpdate: validateEvent,
  validateName: nameIsDNSSubdomain,
  selectableFields(object) {
    const { involvedObject: about, reason, source, reportingComponent, type } = eventOf(object);
    return {
      'involvedObject.kind': about?.kind ?? '',
      'involvedObject.namespace': about?.namespace ?? '',
      'involvedObject.name': about?.name ?? '',
      'involvedObject.uid': about?.uid ?? '',
      'involvedObject.apiVersion': about?.apiVersion ?? '',
      'involvedObject.resourceVersion': about?.resourceVersion ?? '',
      'involvedObject.fieldPath': about?.fieldPath ?? '',
      reason: reason ?? '',
      reportingComponent: reportingComponent ?? '',
      source: source?.component || reportingComponent || '',
      type: type ?? '',
    };
  },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

/** Events about cluster-scoped objects live in the `default` namespace, or in kube-system. */
function validateEvent(object: KubernetesObject): FieldError[] {
  const { involvedObject: about } = eventOf(object);
  if (about === undefined) return [required('involvedObject')];
  const namespace = object.metadata.namespace ?? '';
  const subject = about.namespace ?? '';
  if (subject === '') {
    return namespace === 'default' || namespace === 'kube-system' || namespace === ''
      ? []
      : [invalid('involvedObject.namespace', subject, 'does not match event.namespace')];
  }
  return subject === namespace
    ? []
    : [invalid('involvedObject.namespace', subject, 'does not match event.namespace')];
}
