import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import type { Strategy } from '../../strategy.ts';
import { familyOfBlock, validateCanonicalCIDR } from '../../addresses/validate-ip.ts';
import {
  dropStatus,
  keepAllButStatus,
  keepMetadataOfStatus,
  keepStatus,
} from '../status-subresource.ts';

const FIELD = 'spec.cidrs';

const cidrsOf = (object: KubernetesObject): string[] =>
  ((object.spec ?? {}) as { cidrs?: string[] }).cidrs ?? [];

export const serviceCIDRStrategy: Strategy = {
  prepareForCreate: dropStatus,
  validate: (object) => validateCIDRs(cidrsOf(object)),
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old) => validateCIDRsKept(cidrsOf(object), cidrsOf(old)),
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: {
      prepareForUpdate(object, old) {
        keepAllButStatus(object, old);
        keepMetadataOfStatus(object, old);
      },
    },
  },
  allowUnconditionalUpdate: true,
};

function validateCIDRs(cidrs: readonly string[]): FieldError[] {
  if (cidrs.length === 0) return [required(FIELD, 'at least one CIDR required')];
  if (cidrs.length > 2) {
    // As upstream's internal type prints it.
    return [invalid(FIELD, { CIDRs: cidrs }, 'may only hold up to 2 values')];
  }
  const errors = cidrs.flatMap((cidr, i) => validateCanonicalCIDR(cidr, `${FIELD}[${i}]`));
  const [first, second] = cidrs.map(familyOfBlock);
  if (cidrs.length === 2 && first !== undefined && first === second) {
    const detail =
      'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(invalid(FIELD, cidrs, detail));
  }
  return errors;
}

/** Addresses were given out of a block: it stays, but a second family may come. */
function validateCIDRsKept(cidrs: readonly string[], before: readonly string[]): FieldError[] {
  const changed = (i: number): FieldError[] =>
    cidrs[i] === before[i] ? [] : [invalid(`${FIELD}[${i}]`, cidrs[i], IMMUTABLE)];
  if (cidrs.length === before.length) return before.flatMap((_, i) => changed(i));
  if (before.length === 1 && cidrs.length === 2) return [...changed(0), ...validateCIDRs(cidrs)];
  return [invalid(FIELD, cidrs, IMMUTABLE)];
}
