import type { ConformanceRow } from './rows.ts';

/** What rows without a test wait for: the first line that fits a row is its reason. */
const OUTSTANDING: readonly {
  readonly name?: RegExp;
  readonly area?: RegExp;
  readonly reason: string;
}[] = [
  { name: /Aggregator/, reason: 'aggregated API servers are not served' },
  { name: /storagemigration\.k8s\.io\/v1|DeviceTaintRule/, reason: 'not GA in v1.36' },
  { name: /PodCertificate|ClusterTrustBundle/, reason: 'not GA in v1.36' },
  {
    name: /should contain environment variables for services|Guestbook/,
    reason: 'the network issue',
  },
  { area: /^network$/, reason: 'the network issue' },
  {
    name: /at least two untainted nodes/,
    reason: 'two nodes are a matter of the cluster that is tested',
  },
];

/** Why a row has no test; null where it should have one. */
export function outstandingReason(row: ConformanceRow): string | null {
  const found = OUTSTANDING.find(
    ({ name, area }) =>
      (name === undefined || name.test(row.name)) && (area === undefined || area.test(row.area)),
  );
  return found?.reason ?? null;
}
