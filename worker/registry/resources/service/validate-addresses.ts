import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  familyOf,
  isDualStack,
  validateCIDR,
  validateIP,
  validateEndpointIP,
} from '../../addresses/validate-ip.ts';
import {
  clusterIPsOf,
  isHeadless,
  isLoadBalancer,
  needsClusterIP,
  NO_ADDRESS,
  type ServiceFields,
} from './fields.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/**
 * The addresses of a service within the cluster, and the families that they are of
 * (ValidateServiceClusterIPsRelatedFields). `kept` are the addresses that it has already.
 */
export function validateClusterIPs(spec: ServiceFields, kept: readonly string[]): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP = '', ipFamilyPolicy } = spec;
  const clusterIPs = spec.clusterIPs ?? [];
  const families = spec.ipFamilies ?? [];
  const field = 'spec.clusterIPs';
  const errors: FieldError[] = [];
  if (clusterIPs.length === 0) {
    if (clusterIP !== '') errors.push(required(field));
  } else if (clusterIP === '') {
    errors.push(invalid(field, clusterIPs, 'must be empty when `clusterIP` is not specified'));
  } else if (clusterIPs[0] !== clusterIP) {
    errors.push(invalid(field, clusterIPs, 'first value must match `clusterIP`'));
  }
  families.forEach((family, i) => {
    const at = `spec.ipFamilies[${i}]`;
    if (!FAMILIES.includes(family)) errors.push(notSupported(at, family, FAMILIES));
    if (families.indexOf(family) < i) errors.push(duplicate(at, family));
  });
  if (ipFamilyPolicy !== undefined && !FAMILY_POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, FAMILY_POLICIES));
  }
  const bad = clusterIPs.flatMap((ip, i) => {
    if (i > 0 || ip !== NO_ADDRESS) return validateIP(ip, `${field}[${i}]`, kept);
    const detail = "'None' must be the first and only value";
    return clusterIPs.length > 1 ? [invalid(field, clusterIPs, detail)] : [];
  });
  errors.push(...bad);
  if (clusterIPs.length > 2) {
    errors.push(invalid(field, clusterIPs, 'may only hold up to 2 values'));
  }
  if (bad.length > 0) return errors;
  if (clusterIPs.length > 1 && !isDualStack(clusterIPs.map(familyOf))) {
    const detail = 'may specify no more than one IP for each IP family';
    errors.push(invalid(field, clusterIPs, detail));
  }
  if (isHeadless(spec)) return errors;
  clusterIPs.forEach((ip, i) => {
    const family = families[i];
    if (family === undefined || familyOf(ip) === family || !FAMILIES.includes(family)) return;
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    errors.push(invalid(`${field}[${i}]`, ip, detail));
  });
  return errors;
}

/**
 * A second address or family may come and go, the first may not, nor may either change; what has
 * no addresses may change its families.
 */
export function validateClusterIPsKept(spec: ServiceFields, old: ServiceFields): FieldError[] {
  if (!needsClusterIP(spec) || !needsClusterIP(old)) return [];
  if (isHeadless(spec) && isHeadless(old)) return [];
  return [
    ...validateListKept('clusterIPs', spec, clusterIPsOf(old)),
    ...(isHeadless(spec) || isHeadless(old)
      ? []
      : validateListKept('ipFamilies', spec, old.ipFamilies ?? [])),
  ];
}

const SINGULAR = { clusterIPs: 'clusterIP', ipFamilies: 'ipFamily' } as const;

function validateListKept(
  list: keyof typeof SINGULAR,
  spec: ServiceFields,
  before: readonly string[],
): FieldError[] {
  const now: readonly string[] = spec[list] ?? [];
  const error = (i: number, detail: string, shown: unknown = spec[list] ?? null): FieldError =>
    invalid(`spec.${list}[${i}]`, shown, detail);
  const CHANGED = 'may not change once set';
  const isAddresses = list === 'clusterIPs';
  if (now.length === before.length) {
    return before.flatMap((value, i) =>
      // Upstream names the first place whichever family it is.
      value === now[i] ? [] : [error(isAddresses ? i : 0, CHANGED)],
    );
  }
  const errors: FieldError[] = [];
  if (now.length < before.length && (spec.clusterIPs ?? []).length === 0) {
    errors.push(error(0, `primary ${SINGULAR[list]} can not be unset`));
  }
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) {
    // For families too, the addresses are shown.
    errors.push(error(0, CHANGED, spec.clusterIPs ?? null));
  }
  if (now.length < before.length && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const detail = `must be set to 'SingleStack' when releasing the secondary ${SINGULAR[list]}`;
    errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy ?? null, detail));
  }
  return errors;
}

/** Addresses of other networks that lead to the service; `kept` are those that it has already. */
export const validateExternalIPs = (
  ips: readonly string[],
  kept: readonly string[],
): FieldError[] =>
  ips.flatMap((ip, i) => {
    const errors = validateIP(ip, `spec.externalIPs[${i}]`, kept);
    return errors.length > 0 ? errors : validateEndpointIP(ip, `spec.externalIPs[${i}]`);
  });

const RANGES_ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const BALANCERS_ONLY = "may only be used when `type` is 'LoadBalancer'";

interface RangeHolder {
  readonly spec: ServiceFields;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** Who may use a load balancer: a field, or an annotation from before there was one. */
export function validateSourceRanges(
  { spec, annotations }: RangeHolder,
  old: RangeHolder | undefined,
): FieldError[] {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const text = annotations?.[RANGES_ANNOTATION];
  if (ranges.length > 0) {
    const field = 'spec.LoadBalancerSourceRanges';
    const kept = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    return [
      ...(isLoadBalancer(spec) ? [] : [forbidden(field, BALANCERS_ONLY)]),
      ...ranges.flatMap((range, i) => validateCIDR(range.trim(), `${field}[${i}]`, kept)),
    ];
  }
  if (text === undefined) return [];
  const field = `metadata.annotations[${RANGES_ANNOTATION}]`;
  const isKept = old?.annotations?.[RANGES_ANNOTATION] === text;
  const blocks = isKept || text.trim() === '' ? [] : text.trim().split(',');
  return [
    ...(isLoadBalancer(spec) ? [] : [forbidden(field, BALANCERS_ONLY)]),
    ...blocks.flatMap((block) => validateCIDR(block.trim(), field)),
  ];
}

export function validateLoadBalancerFields(spec: ServiceFields): FieldError[] {
  if (isLoadBalancer(spec)) {
    return spec.allocateLoadBalancerNodePorts === undefined
      ? // Upstream leaves the spec out of this path.
        [required('allocateLoadBalancerNodePorts')]
      : [];
  }
  return spec.allocateLoadBalancerNodePorts === undefined
    ? []
    : [forbidden('spec.allocateLoadBalancerNodePorts', BALANCERS_ONLY)];
}
