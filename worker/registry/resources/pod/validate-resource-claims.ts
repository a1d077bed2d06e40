import {
  duplicate,
  type FieldError,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import { nameIsDNSSubdomain, validateDNS1123Label } from '../../../../apimachinery/names.ts';
import type { PodFields } from './fields.ts';

type Claim = NonNullable<PodFields['resourceClaims']>[number];

/** Devices that a pod claims, by a claim or by a template of one (KEP-4381). */
export function validateResourceClaims(claims: readonly Claim[], path: string): FieldError[] {
  const names = new Set<string>();
  return claims.flatMap((claim, i) => {
    const at = `${path}[${i}]`;
    const { name = '', resourceClaimName, resourceClaimTemplateName } = claim;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${at}.name`));
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else {
      errors.push(...validateDNS1123Label(name).map((m) => invalid(`${at}.name`, name, m)));
      names.add(name);
    }
    const hasBoth = resourceClaimName !== undefined && resourceClaimTemplateName !== undefined;
    const hasNone = resourceClaimName === undefined && resourceClaimTemplateName === undefined;
    if (hasBoth) {
      const detail =
        'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalid(at, shown(claim), detail));
    }
    if (hasNone) {
      const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      errors.push(invalid(at, shown(claim), detail));
    }
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const value = claim[field];
      if (value === undefined) continue;
      const messages = nameIsDNSSubdomain(value, false);
      errors.push(...messages.map((m) => invalid(`${at}.${field}`, value, m)));
    }
    return errors;
  });
}

/** As upstream's internal type prints it. */
const shown = ({ name, resourceClaimName, resourceClaimTemplateName }: Claim): object => ({
  Name: name ?? '',
  ResourceClaimName: resourceClaimName ?? null,
  ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
});
