import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { cidrWarnings, ipWarnings } from '../../addresses/ip-warnings.ts';
import { NO_ADDRESS, type ServiceFields, specOf } from './fields.ts';
import { TOPOLOGY_HINTS, TOPOLOGY_MODE } from './validate-service.ts';

/** Warnings about a service (pkg/api/service, GetWarningsForService). */
export function serviceWarnings(object: KubernetesObject): string[] {
  const spec = specOf(object);
  const { type, clusterIP = '', clusterIPs, externalIPs, externalName, loadBalancerIP } = spec;
  const isNamed = type === 'ExternalName';
  const isHeadless = type === 'ClusterIP' && clusterIP === NO_ADDRESS;
  const hasExternalIPs = (externalIPs ?? []).length > 0;
  const warnings: string[] = [];
  if (object.metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    warnings.push(
      `annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`,
    );
  }
  if (clusterIP !== '' && clusterIP !== NO_ADDRESS) {
    warnings.push(...each(clusterIPs, 'spec.clusterIPs', ipWarnings));
  }
  if (isHeadless) warnings.push(...headlessWarnings(spec));
  warnings.push(...each(externalIPs, 'spec.externalIPs', ipWarnings));
  if (hasExternalIPs && !isHeadless && !isNamed) {
    warnings.push(
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    );
  }
  if (loadBalancerIP) warnings.push(...ipWarnings(loadBalancerIP, 'spec.loadBalancerIP'));
  const ranges = spec.loadBalancerSourceRanges;
  warnings.push(...each(ranges, 'spec.loadBalancerSourceRanges', cidrWarnings));
  if (isNamed && hasExternalIPs) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (!isNamed && externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}

const each = (
  values: readonly string[] | undefined,
  field: string,
  warningsOf: (value: string, field: string) => string[],
): string[] => (values ?? []).flatMap((value, i) => warningsOf(value, `${field}[${i}]`));

function headlessWarnings(spec: ServiceFields): string[] {
  const ignored: string[] = [];
  if (spec.loadBalancerIP) ignored.push('loadBalancerIP');
  if ((spec.externalIPs ?? []).length > 0) ignored.push('externalIPs');
  if (spec.sessionAffinity !== 'None') ignored.push('SessionAffinity');
  return ignored.map((field) => `spec.${field} is ignored for headless services`);
}
