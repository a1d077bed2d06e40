import type { EndpointAddress, EndpointSubset } from 'kubernetes-types/core/v1.js';
import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Endpoints } from '../endpoints/plan.ts';
import {
  addressTypeOf,
  LAST_CHANGE_TRIGGER_TIME,
  normalIP,
} from '../endpoint-slice/service-facts.ts';
import {
  endpointKey,
  endpointsOf,
  isSameState,
  MANAGED_BY,
  nameOf,
  portsKey,
  SERVICE_NAME,
  slicePrefix,
} from '../endpoint-slice/slice.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../endpoint-slice/slice.ts';

export const MIRRORING_MANAGER = 'endpointslicemirroring-controller.k8s.io';
/** Of one subset; more are not mirrored. */
export const MAX_ENDPOINTS_PER_SUBSET = 1_000;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export interface Mirrored {
  /** One slice for each family and set of ports, by {@link sliceKey}; without a name. */
  readonly slices: ReadonlyMap<string, EndpointSlice>;
  /** Addresses that are none. */
  readonly invalid: number;
  /** Addresses that were left out, invalid ones among them. */
  readonly skipped: number;
}

export const sliceKey = ({ addressType, ports }: EndpointSlice): string =>
  `${addressType ?? ''} ${portsKey(ports)}`;

/** Endpoints as slices. */
export function mirror(endpoints: Endpoints): Mirrored {
  const slices = new Map<string, EndpointSlice>();
  let invalid = 0;
  let skipped = 0;
  for (const subset of endpoints.subsets ?? []) {
    let added = 0;
    const addresses = addressesOf(subset);
    for (const { address, ready } of addresses) {
      if (added >= MAX_ENDPOINTS_PER_SUBSET) break;
      const addressType = addressTypeOf(address.ip);
      if (addressType === undefined) {
        invalid += 1;
        continue;
      }
      added += 1;
      const empty = newMirror(endpoints, addressType, portsOf(subset));
      const slice = slices.get(sliceKey(empty)) ?? empty;
      slices.set(sliceKey(slice), slice);
      addEndpoint(slice, newEndpoint(address, ready));
    }
    skipped += addresses.length - added;
  }
  return { slices, invalid, skipped };
}

/** Whether a slice shows what another one does, in whichever order. */
export function isSameMirror(a: EndpointSlice, b: EndpointSlice): boolean {
  const known = new Map(endpointsOf(a).map((endpoint) => [endpointKey(endpoint), endpoint]));
  return (
    endpointsOf(a).length === endpointsOf(b).length &&
    endpointsOf(b).every((endpoint) => {
      const other = known.get(endpointKey(endpoint));
      return other !== undefined && isSameState(endpoint, other);
    }) &&
    deepEqual(a.metadata.labels ?? {}, b.metadata.labels ?? {}) &&
    deepEqual(a.metadata.annotations ?? {}, b.metadata.annotations ?? {})
  );
}

function addressesOf({ addresses, notReadyAddresses }: EndpointSubset) {
  return [
    ...(addresses ?? []).map((address) => ({ address, ready: true })),
    ...(notReadyAddresses ?? []).map((address) => ({ address, ready: false })),
  ];
}

function portsOf({ ports }: EndpointSubset): EndpointPort[] {
  return (ports ?? []).map((fields) => {
    const { name = '', port, protocol = 'TCP', appProtocol } = fields as EndpointPort;
    return {
      name,
      ...(port === undefined ? {} : { port }),
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    };
  });
}

/** The last one wins where an address stands twice. */
function addEndpoint(slice: EndpointSlice, endpoint: Endpoint): void {
  const key = endpointKey(endpoint);
  const others = endpointsOf(slice).filter((other) => endpointKey(other) !== key);
  slice.endpoints = [...others, endpoint];
}

function newEndpoint(address: EndpointAddress, ready: boolean): Endpoint {
  const { ip, hostname, nodeName, targetRef } = address;
  return {
    addresses: [normalIP(ip)],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}

function newMirror(
  endpoints: Endpoints,
  addressType: string,
  ports: EndpointPort[],
): EndpointSlice {
  const { uid = '', labels } = endpoints.metadata;
  const name = nameOf(endpoints);
  const {
    [LAST_CHANGE_TRIGGER_TIME]: _,
    [LAST_APPLIED]: __,
    ...annotations
  } = endpoints.metadata.annotations ?? {};
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: slicePrefix(name),
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MIRRORING_MANAGER },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [newControllerRef({ apiVersion: 'v1', kind: 'Endpoints', name, uid })],
    },
    addressType,
    endpoints: [],
    ports,
  };
}
