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
  validateNonSpecialIP,
} from '../validate-ip.ts';
import { clusterIPsOf } from './linked-fields.ts';
import { isHeadless, isLoadBalancer, NO_ADDRESS, type ServiceFields } from './fields.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** The addresses of a service within the cluster, and the families that they are of. */
export function validateClusterIPs(spec: ServiceFields): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP = '', ipFamilyPolicy } = spec;
  const clusterIPs = spec.clusterIPs ?? [];
  const families = spec.ipFamilies ?? [];
  const field = 'spec.clusterIPs';
  const errors: FieldError[] = [];
  if (clusterIPs.length === 0) {
    if (clusterIP !== '') errors.push(required(field));
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
    if (i > 0 || ip !== NO_ADDRESS) return validateIP(ip, `${field}[${i}]`);
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

const SINGULAR = { clusterIPs: 'clusterIP', ipFamilies: 'ipFamily' } as const;

/** A second address or family may come and go, the first may not; nor may either change. */
export function validateClusterIPsKept(spec: ServiceFields, old: ServiceFields): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  if (isHeadless(spec) && isHeadless(old)) return [];
  return (['clusterIPs', 'ipFamilies'] as const).flatMap((list) => {
    const now: readonly string[] = spec[list] ?? [];
    const before = list === 'clusterIPs' ? clusterIPsOf(old) : (old.ipFamilies ?? []);
    const error = (i: number, detail: string): FieldError =>
      invalid(`spec.${list}[${i}]`, spec[list] ?? null, detail);
    const changed = (i: number): FieldError[] =>
      now[i] === before[i] ? [] : [error(i, 'may not change once set')];
    if (before.length === 0) return [];
    if (now.length === 0) return [error(0, `primary ${SINGULAR[list]} can not be unset`)];
    if (now.length === before.length) return before.flatMap((_, i) => changed(i));
    const errors = changed(0);
    if (now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
      const detail = `must be set to 'SingleStack' when releasing the secondary ${SINGULAR[list]}`;
      errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy ?? null, detail));
    }
    return errors;
  });
}

export const validateExternalIPs = (ips: readonly string[]): FieldError[] =>
  ips.flatMap((ip, i) => {
    const errors = validateIP(ip, `spec.externalIPs[${i}]`);
    return errors.length > 0 ? errors : validateNonSpecialIP(ip, `spec.externalIPs[${i}]`);
  });

const RANGES_ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const BALANCERS_ONLY = "may only be used when `type` is 'LoadBalancer'";

/** Who may use a load balancer: a field, or an annotation from before there was one. */
export function validateSourceRanges(
  spec: ServiceFields,
  annotations: Readonly<Record<string, string>> | undefined,
): FieldError[] {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const text = annotations?.[RANGES_ANNOTATION];
  if (ranges.length > 0) {
    const field = 'spec.LoadBalancerSourceRanges';
    return [
      ...(isLoadBalancer(spec) ? [] : [forbidden(field, BALANCERS_ONLY)]),
      ...ranges.flatMap((range, i) => validateCIDR(range.trim(), `${field}[${i}]`)),
    ];
  }
  if (text === undefined) return [];
  const field = `metadata.annotations[${RANGES_ANNOTATION}]`;
  const blocks = text.trim() === '' ? [] : text.trim().split(',');
  return [
    ...(isLoadBalancer(spec) ? [] : [forbidden(field, BALANCERS_ONLY)]),
    ...blocks.flatMap((block) => validateCIDR(block.trim(), field)),
  ];
}

export function validateLoadBalancerFields(spec: ServiceFields): FieldError[] {
  if (isLoadBalancer(spec)) {
    return spec.allocateLoadBalancerNodePorts === undefined
      ? [required('spec.allocateLoadBalancerNodePorts')]
      : [];
  }
  return spec.allocateLoadBalancerNodePorts === undefined
    ? []
    : [forbidden('spec.allocateLoadBalancerNodePorts', BALANCERS_ONLY)];
}
