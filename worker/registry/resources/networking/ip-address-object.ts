import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  validateDNS1123Subdomain,
  validatePathSegmentName,
} from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { canonicalIPErrors } from '../../addresses/validate-ip.ts';
import { validateSegment } from './typed-reference.ts';

interface ParentReference {
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
}

const parentOf = (object: KubernetesObject): ParentReference | undefined =>
  ((object.spec ?? {}) as { parentRef?: ParentReference | null }).parentRef ?? undefined;

/** networking.k8s.io IPAddress: its name is the address, so that none is given out twice. */
export const ipAddressStrategy: Strategy = {
  validate: validateIPAddress,
  validateUpdate: (object, old) => [
    ...validateIPAddress(object),
    ...(deepEqual(parentOf(object), parentOf(old))
      ? []
      : [invalid('spec.parentRef', parentOf(object) ?? null, IMMUTABLE)]),
  ],
  validateName: canonicalIPErrors,
  allowUnconditionalUpdate: true,
};

function validateIPAddress(object: KubernetesObject): FieldError[] {
  const parent = parentOf(object);
  const at = 'spec.parentRef';
  if (parent === undefined) return [required(at)];
  const { group = '', resource = '', name = '', namespace = '' } = parent;
  const errors: FieldError[] = [];
  if (group !== '') {
    errors.push(...validateDNS1123Subdomain(group).map((m) => invalid(`${at}.group`, group, m)));
  }
  errors.push(...validateSegment(resource, `${at}.resource`));
  errors.push(...validateSegment(name, `${at}.name`));
  const messages = validatePathSegmentName(namespace, false);
  return [...errors, ...messages.map((m) => invalid(`${at}.namespace`, namespace, m))];
}
