import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { newBadRequest, newStatusError } from '../../../apimachinery/status-error.ts';
import type { StreamRequest } from '../../../apimachinery/stream-protocol.ts';
import { podPlace } from '../streams/stream-target.ts';
import type { SchemeNamePort } from './scheme-name-port.ts';

type Target = Extract<StreamRequest, { kind: 'proxy' }>['target'];

/** Which node reaches what a request is to be passed on to. */
export interface ProxyTarget {
  readonly node: string;
  readonly target: Target;
  /** As absolute links of its answers name it. */
  readonly host: string;
}

interface Ports {
  readonly spec?: {
    readonly containers?: readonly { readonly ports?: readonly { containerPort: number }[] }[];
  };
  readonly status?: { readonly podIP?: string };
}

/**
 * A pod at a port: the first that its containers declare when none is asked for.
 *
 * @throws StatusError BadRequest while the pod has no address, Conflict while it is on no node.
 */
export function podTarget(podText: string, { port: asked }: SchemeNamePort): ProxyTarget {
  const { spec, status } = JSON.parse(podText) as KubernetesObject & Ports;
  const declared = spec?.containers?.find(({ ports = [] }) => ports.length > 0)?.ports?.[0];
  const port = asked === '' && declared !== undefined ? String(declared.containerPort) : asked;
  const podIP = status?.podIP ?? '';
  if (podIP === '') throw newBadRequest('address not allowed');
  const { node, identity } = podPlace(podText);
  return { node, target: { to: 'pod', ...identity, port }, host: hostOf(podIP, port) };
}

interface ServiceObject {
  readonly spec?: { readonly ports?: readonly { readonly port: number; readonly name?: string }[] };
}

interface EndpointAddress {
  readonly ip: string;
  readonly nodeName?: string;
  readonly targetRef?: {
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
  };
}

interface EndpointsObject {
  readonly subsets?: readonly {
    readonly addresses?: readonly EndpointAddress[];
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  }[];
}

/** The name of a service's port, which endpoints know it by. @throws StatusError ServiceUnavailable. */
export function servicePortName(serviceText: string, { name, port }: SchemeNamePort): string {
  if (!/^[+-]?[0-9]+$/.test(port)) return port;
  const { spec } = JSON.parse(serviceText) as ServiceObject;
  const found = spec?.ports?.find((declared) => declared.port === Number(port));
  if (found !== undefined) return found.name ?? '';
  throw unavailable(`no service port ${Number(port)} found for service ${JSON.stringify(name)}`);
}

/**
 * One of the ready endpoints of a service, by chance.
 *
 * @param request as the client named the service. @param pick gives a number below the one given.
 * @throws StatusError ServiceUnavailable where there is none.
 */
export function serviceTarget(
  endpointsText: string,
  portName: string,
  request: { readonly name: string; readonly text: string },
  pick: (below: number) => number,
): ProxyTarget {
  const { subsets = [] } = JSON.parse(endpointsText) as EndpointsObject;
  if (subsets.length === 0) throw noEndpoints(request.name);
  const candidates = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports
      .filter(({ name = '' }) => name === portName)
      .flatMap(({ port }) => addresses.map((address) => ({ address, port }))),
  );
  if (candidates.length === 0) throw noEndpoints(request.text);
  const onNodes = candidates.filter(({ address }) => isPodOnNode(address));
  const chosen = onNodes[pick(onNodes.length)];
  if (chosen === undefined) {
    const { ip } = candidates[0]?.address ?? { ip: '' };
    throw unavailable(
      `error trying to reach service: the endpoint ${ip} is no pod of a node, and only nodes can be reached`,
    );
  }
  const { ip, nodeName = '', targetRef } = chosen.address;
  const { namespace = '', name = '', uid = '' } = targetRef ?? {};
  const port = String(chosen.port);
  return {
    node: nodeName,
    target: { to: 'pod', namespace, name, uid, port },
    host: hostOf(ip, port),
  };
}

export const noEndpoints = (service: string) =>
  unavailable(`no endpoints available for service ${JSON.stringify(service)}`);

/** The node itself, or one of its ports. */
export function nodeTarget(node: string, { port }: SchemeNamePort): ProxyTarget {
  const isAgent = port === '' || port === KUBELET_PORT;
  return {
    node,
    target: { to: 'node', port: isAgent ? '' : port },
    host: hostOf(node, isAgent ? KUBELET_PORT : port),
  };
}

/** Where a kubelet listens, and where clients ask for one that does not say so. */
const KUBELET_PORT = '10250';

const isPodOnNode = ({ nodeName = '', targetRef }: EndpointAddress): boolean =>
  nodeName !== '' && targetRef?.kind === 'Pod' && targetRef.uid !== undefined;

const unavailable = (message: string) => newStatusError('ServiceUnavailable', message);

/** As in a URL: an IPv6 address in brackets. */
function hostOf(host: string, port: string): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === '' ? name : `${name}:${port}`;
}
