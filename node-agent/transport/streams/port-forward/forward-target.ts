import type { Socket } from 'node:net';
import type { StreamRequest } from '../../../../apimachinery/stream-protocol.ts';
import { PodConnection } from './pod-connection.ts';

export type PortForwardRequest = Extract<StreamRequest, { kind: 'portForward' }>;

/** Whether and where the pod of a request is reached; asked for each connection. */
export type FindHost = () =>
  | { ok: true; host: string; dialLoopback?: DialLoopback }
  | { ok: false; message: string };

/** Connects to what listens inside of the pod only. */
export type DialLoopback = (port: number) => Promise<Socket>;

/** Connects to a port of the pod. Throws an Error with the text that upstream's clients show. */
export async function dialPort(
  { name, uid }: PortForwardRequest,
  port: number,
  findHost: FindHost,
): Promise<PodConnection> {
  const prefix = `error forwarding port ${port} to pod ${name}, uid ${uid}`;
  const found = findHost();
  if (!found.ok) throw new Error(`${prefix}: ${found.message}`);
  try {
    return await PodConnection.dial({ host: found.host, port });
  } catch (error) {
    // Upstream's runtimes connect from inside of the pod, where more may listen.
    const inside = await found.dialLoopback?.(port).catch(() => undefined);
    if (inside !== undefined) return PodConnection.over(inside);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${prefix}: ${reason}`, { cause: error });
  }
}
