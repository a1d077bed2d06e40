import type { ObservedPod } from '../../../diff/observed.ts';
import type { KnownPod } from '../../../sync/pod-sync.ts';

export type Address =
  | { readonly ok: true; readonly host: string; readonly port: number }
  | { readonly ok: false; readonly code: number; readonly message: string };

const DEFAULT_PORTS = { http: 80, https: 443 } as const;
const MAX_PORT = 65_535;
const LOOPBACK = '127.0.0.1';

/**
 * Where a pod of this node is reached: the address of its sandbox, or the node's own where it has
 * none of its own.
 *
 * @param port as the client gave it, '' for the scheme's
 */
export function podAddress(
  known: KnownPod | undefined,
  observed: ObservedPod,
  name: string,
  port: string,
  scheme: 'http' | 'https',
): Address {
  if (known === undefined) return refuse(404, `pod "${name}" not found`);
  const sandbox = observed.sandboxes.find(({ state }) => state === 'ready');
  const host =
    known.pod.spec.hostNetwork === true ? known.status?.podIP : (sandbox?.ips[0] ?? undefined);
  if (sandbox === undefined || host === undefined || host === '') {
    return refuse(503, `pod "${name}" does not run`);
  }
  return atPort(host, port, scheme);
}

/** A host at a port that is given as text. */
export function atPort(host: string, port: string, scheme: 'http' | 'https'): Address {
  const number = port === '' ? DEFAULT_PORTS[scheme] : Number(port);
  if (!/^[0-9]*$/.test(port)) return refuse(503, `dial tcp: lookup tcp/${port}: unknown port`);
  if (number < 1 || number > MAX_PORT) return refuse(503, `dial tcp: invalid port ${port}`);
  return { ok: true, host, port: number };
}

/**
 * Where ports of a pod are reached from inside its node: a pod that shares the node's network is
 * reached where it listens for the node alone, too.
 */
export function podHost(
  known: KnownPod | undefined,
  observed: ObservedPod,
  name: string,
): { ok: true; host: string } | { ok: false; message: string } {
  if (known?.pod.spec.hostNetwork === true) return { ok: true, host: LOOPBACK };
  const address = podAddress(known, observed, name, '', 'http');
  return address.ok ? { ok: true, host: address.host } : address;
}

const refuse = (code: number, message: string): Address => ({ ok: false, code, message });
