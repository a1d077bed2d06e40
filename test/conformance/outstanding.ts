import type { ConformanceRow } from './rows.ts';

/** What rows without a test wait for: the first line that fits a row is its reason. */
const OUTSTANDING: readonly {
  readonly name?: RegExp;
  readonly area?: RegExp;
  readonly needsNode?: boolean;
  readonly reason: string;
}[] = [
  { name: /Aggregator/, reason: 'aggregated API servers are not served' },
  { name: /storagemigration\.k8s\.io\/v1|DeviceTaintRule/, reason: 'not GA in v1.36' },
  { name: /PodCertificate|ClusterTrustBundle/, reason: 'not GA in v1.36' },
  {
    name: /should contain environment variables for services|Guestbook/,
    reason: 'the network issue',
  },
  { area: /^(apps|scheduling|autoscaling)$/, reason: 'issue D' },
  { area: /^(node-|storage-volume)/, reason: 'issue E' },
  { area: /^network$/, reason: 'the network issue' },
  { needsNode: true, reason: 'needs a Linux node' },
  {
    name: /at least two untainted nodes/,
    reason: 'two nodes are a matter of the cluster that is tested',
  },
];

/** Why a row has no test; null where it should have one. */
export function outstandingReason(row: ConformanceRow): string | null {
  const found = OUTSTANDING.find(
    ({ name, area, needsNode }) =>
      (name === undefined || name.test(row.name)) &&
      (area === undefined || area.test(row.area)) &&
      (needsNode === undefined || needsNode === row.needsNode),
  );
  return found?.reason ?? null;
}
