import { quoteText } from '../../apimachinery/field-error.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type * as core from 'kubernetes-types/core/v1';
import type { ContainerSpec, DesiredPod } from './pod.ts';

/** What a container may be told about where it runs. */
export interface DownwardFacts {
  readonly hostIP: string;
  readonly podIPs: readonly string[];
  /** The node's allocatable, which stands in for limits that are not set. */
  readonly allocatable: Readonly<Record<string, string>>;
  /** Variables that every container has, unless it sets them itself. */
  readonly serviceEnvironment: Readonly<Record<string, string>>;
}

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/;

/** The value of a `fieldRef`. Throws for a path that upstream does not know. */
export function fieldValue(pod: DesiredPod, path: string, facts: DownwardFacts): string {
  const subscript = SUBSCRIPT.exec(path);
  if (subscript !== null) {
    const [, map, key] = subscript;
    return pod.metadata[map as 'labels' | 'annotations']?.[key ?? ''] ?? '';
  }
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace;
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return formatMap(pod.metadata.labels ?? {});
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations ?? {});
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIP;
    case 'status.podIP':
      return facts.podIPs[0] ?? '';
    case 'status.podIPs':
      return facts.podIPs.join(',');
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** One `key="value"` a line, sorted by key. */
function formatMap(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${quoteText(map[key] ?? '')}`)
    .join('\n');
}

/** The value of a `resourceFieldRef`, divided and rounded up. Throws for an unknown resource. */
export function resourceValue(
  container: ContainerSpec,
  reference: core.ResourceFieldSelector,
  facts: DownwardFacts,
): string {
  const [kind, resource = ''] = splitOnce(reference.resource, '.');
  if (kind !== 'limits' && kind !== 'requests') {
    throw new Error(`unsupported container resource : ${reference.resource}`);
  }
  const own = container.resources?.[kind]?.[resource];
  const text = own ?? (kind === 'limits' ? facts.allocatable[resource] : undefined) ?? '0';
  const divisor = parseQuantity(reference.divisor ?? '0');
  const nano = divisor.isZero() ? 1_000_000_000n : divisor.nano;
  return String((parseQuantity(text).nano + nano - 1n) / nano);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
