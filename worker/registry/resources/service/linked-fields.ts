import { deepEqual } from '../../rest/deep-equal.ts';
import {
  clusterIPsOf,
  isExternallyAccessible,
  isLoadBalancer,
  needsClusterIP,
  needsHealthCheckPort,
  needsNodePort,
  type ServiceFields,
} from './fields.ts';

/**
 * What a write leaves out of a service because it does not know it (pkg/registry/core/service):
 * `clusterIP` stands for the first of `clusterIPs`, what was allocated stays, and what another
 * type had goes.
 */

/** A client that knows one address only means one. */
export function initClusterIPs(spec: ServiceFields): void {
  if (spec.clusterIP && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP];
}

/** A replacement that does not mention an allocated address or port keeps it. */
export function keepAllocated(spec: ServiceFields, old: ServiceFields): void {
  if (needsClusterIP(old) && needsClusterIP(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    const before = clusterIPsOf(old);
    if ((spec.clusterIPs ?? []).length === 0 && before.length > 0) spec.clusterIPs = [...before];
    if (old.ipFamilies !== undefined) spec.ipFamilies ??= old.ipFamilies;
    if (old.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
  }
  if (needsNodePort(old) && needsNodePort(spec)) keepNodePorts(spec, old);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && old.healthCheckNodePort) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
}

/** Ports are known by their names; a number that is in use is not given twice. */
function keepNodePorts(spec: ServiceFields, old: ServiceFields): void {
  const usedBy = (ports: ServiceFields['ports']): Set<number> =>
    new Set((ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
  const sent = usedBy(spec.ports);
  const used = new Set([...usedBy(old.ports)].filter((number) => sent.has(number)));
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    const before = old.ports?.findLast(({ name }) => (name ?? '') === (port.name ?? ''))?.nodePort;
    if (!before || used.has(before)) continue;
    port.nodePort = before;
    used.add(before);
  }
}

/** Of `clusterIP` and `clusterIPs`, whichever was changed says what is meant. */
export function alignClusterIPs(spec: ServiceFields, old: ServiceFields): void {
  const before = clusterIPsOf(old);
  if (old.clusterIP === spec.clusterIP) {
    if (before.length > 0 && (spec.clusterIPs ?? []).length === 0) {
      spec.clusterIPs = [...before];
    }
    return;
  }
  if (!deepEqual(spec.clusterIPs ?? [], before)) return;
  if (old.clusterIP && !spec.clusterIP) delete spec.clusterIPs;
  else if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
}

/**
 * Takes away what the new type has no use for, if it is what the old one had: a client that
 * changes it as well is told so.
 */
export function dropOfOldType(spec: ServiceFields, old: ServiceFields): void {
  const drop = (
    isUsed: (of: ServiceFields) => boolean,
    ...fields: readonly (keyof ServiceFields)[]
  ): void => {
    if (!isUsed(old) || isUsed(spec)) return;
    for (const field of fields) if (deepEqual(spec[field], old[field])) delete spec[field];
  };
  const isSameAddress =
    (spec.clusterIP ?? '') === (old.clusterIP ?? '') &&
    deepEqual(spec.clusterIPs ?? [], clusterIPsOf(old));
  if (isSameAddress && needsClusterIP(old) && !needsClusterIP(spec)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  drop(needsClusterIP, 'ipFamilies', 'ipFamilyPolicy');
  if (needsNodePort(old) && !needsNodePort(spec)) {
    const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
    if ((spec.ports ?? []).every(({ nodePort }) => !nodePort || before.has(nodePort))) {
      for (const port of spec.ports ?? []) delete port.nodePort;
    }
  }
  drop(needsHealthCheckPort, 'healthCheckNodePort');
  drop(isLoadBalancer, 'allocateLoadBalancerNodePorts', 'loadBalancerClass');
  drop(isExternallyAccessible, 'externalTrafficPolicy');
}
