import type {
  IngressClassParametersReference,
  IngressClassSpec,
} from 'kubernetes-types/networking/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { byteLength, nameIsDNSLabel, nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { immutable } from '../../../../apimachinery/object-meta-validation.ts';
import type { Strategy } from '../../strategy.ts';
import { validateDomainPrefixedPath } from '../domain-prefixed-path.ts';
import { validateTypedReference } from './typed-reference.ts';

const MAX_CONTROLLER_BYTES = 250;
const SCOPES = ['Cluster', 'Namespace'];

type Parameters = Partial<IngressClassParametersReference>;

const specOf = (object: KubernetesObject): Partial<IngressClassSpec> => object.spec ?? {};

export const ingressClassStrategy: Strategy = {
  setDefaults(object) {
    const { parameters } = specOf(object);
    if (parameters !== undefined) parameters.scope ??= 'Cluster';
  },
  validate: validateIngressClass,
  validateUpdate: (object, old) => [
    ...immutable(specOf(object).controller ?? '', specOf(old).controller ?? '', 'spec.controller'),
    ...validateIngressClass(object),
  ],
  validateName: nameIsDNSSubdomain,
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateIngressClass(object: KubernetesObject): FieldError[] {
  const { controller = '', parameters } = specOf(object);
  const field = 'spec.controller';
  return [
    ...(byteLength(controller) > MAX_CONTROLLER_BYTES
      ? [tooLong(field, MAX_CONTROLLER_BYTES)]
      : []),
    ...validateDomainPrefixedPath(controller, field),
    ...(parameters === undefined ? [] : validateParameters(parameters, 'spec.parameters')),
  ];
}

function validateParameters(parameters: Parameters, at: string): FieldError[] {
  const errors = validateTypedReference(parameters, at);
  const { scope, namespace } = parameters;
  if (scope === undefined) return [...errors, required(`${at}.scope`)];
  const field = `${at}.namespace`;
  if (!SCOPES.includes(scope)) errors.push(notSupported(`${at}.scope`, scope, SCOPES));
  else if (scope === 'Namespace') {
    if (namespace === undefined) {
      errors.push(required(field, "`parameters.scope` is set to 'Namespace'"));
    } else {
      errors.push(...nameIsDNSLabel(namespace, false).map((m) => invalid(field, namespace, m)));
    }
  } else if (namespace !== undefined) {
    errors.push(forbidden(field, "`parameters.scope` is set to 'Cluster'"));
  }
  return errors;
}
