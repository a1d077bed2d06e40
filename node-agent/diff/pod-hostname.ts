import type { DesiredPod } from './pod.ts';

/** What Linux takes. */
const MAX_HOSTNAME_LENGTH = 63;
const MAX_FQDN_LENGTH = 64;
const CLUSTER_DOMAIN = 'cluster.local';

/** The pod's name, cut to what a hostname may be, unless the spec names one. */
export function podHostname({ metadata, spec }: DesiredPod): string {
  const { hostname, hostnameOverride } = spec as DesiredPod['spec'] & { hostnameOverride?: string };
  if (hostnameOverride !== undefined) return hostnameOverride;
  const name = hostname ?? metadata.name.slice(0, MAX_HOSTNAME_LENGTH);
  return name.replace(/[-.]+$/, '');
}

/** The domain that the hostname is in; empty for a pod without a subdomain. */
export function podDomain({ metadata, spec }: DesiredPod): string {
  const { subdomain, hostnameOverride } = spec as DesiredPod['spec'] & {
    hostnameOverride?: string;
  };
  if (subdomain === undefined || subdomain === '' || hostnameOverride !== undefined) return '';
  return `${subdomain}.${metadata.namespace}.svc.${CLUSTER_DOMAIN}`;
}

/**
 * What the kernel of the pod's Linux namespace answers to `hostname`.
 * @throws Error for a fully qualified name that is too long for it
 */
export function kernelHostname(pod: DesiredPod): string {
  const hostname = podHostname(pod);
  const domain = podDomain(pod);
  if (pod.spec.setHostnameAsFQDN !== true || domain === '') return hostname;
  const fqdn = `${hostname}.${domain}`;
  if (fqdn.length <= MAX_FQDN_LENGTH) return fqdn;
  throw new Error(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${MAX_FQDN_LENGTH} characters is the max, ${fqdn.length} characters requested)`,
  );
}
