import type { DesiredPod } from './pod.ts';
import { podDomain, podHostname } from './pod-hostname.ts';

const HEADER = '# Kubernetes-managed hosts file';
const LOCAL_NAMES: readonly (readonly string[])[] = [
  ['127.0.0.1', 'localhost'],
  ['::1', 'localhost', 'ip6-localhost', 'ip6-loopback'],
  ['fe00::0', 'ip6-localnet'],
  ['fe00::0', 'ip6-mcastprefix'],
  ['fe00::1', 'ip6-allnodes'],
  ['fe00::2', 'ip6-allrouters'],
];

/**
 * The text of `/etc/hosts` in a pod's containers: the pod itself and its aliases, or for a pod on the
 * host network what the machine has, and the aliases (kubelet, ensureHostsFile).
 */
export function hostsFile(
  pod: DesiredPod,
  podIPs: readonly string[],
  machineHosts: string,
): string {
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip = '', hostnames = [] }) => [
    ip,
    ...hostnames,
  ]);
  const added = aliases.length === 0 ? '' : `\n# Entries added by HostAliases.\n${lines(aliases)}`;
  if (pod.spec.hostNetwork === true) return `${HEADER} (host network).\n${machineHosts}${added}`;
  const domain = podDomain(pod);
  const hostname = podHostname(pod);
  const names = domain === '' ? [hostname] : [`${hostname}.${domain}`, hostname];
  const own = podIPs.map((ip) => [ip, ...names]);
  return `${HEADER}.\n${lines([...LOCAL_NAMES, ...own])}${added}`;
}

const lines = (entries: readonly (readonly string[])[]): string =>
  entries.map((words) => `${words.join('\t')}\n`).join('');
