import type { DesiredPod } from './pod.ts';

/** What a resolver's configuration says, resolv.conf(5). */
export interface Resolver {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** What libraries read of each; upstream cuts at the same. */
const MAX_SERVERS = 3;
const MAX_SEARCHES = 32;

export function parseResolver(text: string): Resolver {
  const values = (keyword: string): string[][] =>
    text.split('\n').flatMap((line) => {
      const [first, ...rest] = line.trim().split(/\s+/);
      return first === keyword ? [rest] : [];
    });
  return {
    servers: values('nameserver').flatMap(([server]) => server ?? []),
    // The last line counts.
    searches: values('search').at(-1) ?? [],
    options: values('options').flat(),
  };
}

/**
 * The resolver of a pod's containers; undefined: what the engine gives them will do. There is no DNS
 * of the cluster, so that every policy but `None` begins with what the machine has.
 */
export function podResolver(pod: DesiredPod, machine: Resolver): Resolver | undefined {
  const { dnsPolicy, dnsConfig } = pod.spec;
  if (dnsConfig === undefined) return undefined;
  const base = dnsPolicy === 'None' ? { servers: [], searches: [], options: [] } : machine;
  const options = (dnsConfig.options ?? []).map(({ name = '', value }) =>
    value === undefined || value === '' ? name : `${name}:${value}`,
  );
  return {
    servers: unique([...base.servers, ...(dnsConfig.nameservers ?? [])]).slice(0, MAX_SERVERS),
    searches: unique([...base.searches, ...(dnsConfig.searches ?? [])]).slice(0, MAX_SEARCHES),
    options: mergeOptions(base.options, options),
  };
}

/** Of two options with one name the later one counts, in the place of the first. */
function mergeOptions(...lists: readonly (readonly string[])[]): string[] {
  const byName = new Map(lists.flat().map((option) => [option.split(':')[0] ?? '', option]));
  return [...byName.values()];
}

const unique = (words: readonly string[]): string[] => [...new Set(words)];
