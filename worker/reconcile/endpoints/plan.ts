import type { EndpointSubset } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { HEADLESS, isHeadless, isServed } from '../endpoint-slice/service-facts.ts';
import { triggerTime, withTriggerTime } from '../endpoint-slice/trigger-time.ts';
import type { Pod, Service } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Announcement, Plan } from '../planner.ts';
import { subsetsOf } from './subsets.ts';
import { truncated } from './truncate.ts';

export const ENDPOINTS = 'endpoints';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';

export interface Endpoints extends KubernetesObject {
  subsets?: EndpointSubset[] | null;
}

export interface ObservedService {
  readonly name: string;
  /** null when the service is gone. */
  readonly service: Service | null;
  /** That its selector matches. */
  readonly pods: readonly Pod[];
  readonly endpoints: Endpoints | null;
  readonly namespaceTerminating: boolean;
}

/** The Endpoints of a service have the addresses of its pods, and go with it. */
export function planEndpoints(observed: ObservedService): Plan {
  const { name, service, endpoints, pods } = observed;
  if (service === null) {
    const uid = endpoints?.metadata.uid;
    return uid === undefined
      ? EMPTY_PLAN
      : { writes: [{ verb: 'delete', resource: ENDPOINTS, name, uid }] };
  }
  if (!isServed(service)) return EMPTY_PLAN;
  const all = subsetsOf(service, pods);
  const subsets = truncated(all);
  const labels = labelsOf(service);
  const isOver = subsets !== all;
  if (endpoints !== null && isRight(endpoints, subsets, labels, isOver)) return EMPTY_PLAN;
  if (endpoints === null && observed.namespaceTerminating) return EMPTY_PLAN;
  const time = triggerTime(service, endpoints === null, changedPods(pods, endpoints, subsets));
  const next = withTriggerTime(
    newEndpoints(service, endpoints, { subsets: [...subsets], labels, isOver }),
    time,
  );
  const verb = endpoints === null ? 'create' : 'update';
  const announce = announcement(service, next, verb);
  return { writes: [{ verb, resource: ENDPOINTS, object: next, announce }] };
}

const labelsOf = (service: Service): Record<string, string> => {
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...(isHeadless(service) ? { [HEADLESS]: '' } : {}), [MANAGED_BY]: MANAGER };
};

function isRight(
  { metadata, subsets }: Endpoints,
  wanted: readonly EndpointSubset[],
  labels: Readonly<Record<string, string>>,
  isOver: boolean,
): boolean {
  return (
    deepEqual(subsets ?? [], wanted) &&
    deepEqual(metadata.labels ?? {}, labels) &&
    (metadata.annotations?.[OVER_CAPACITY] !== undefined) === isOver
  );
}

function newEndpoints(
  service: Service,
  old: Endpoints | null,
  content: { subsets: EndpointSubset[]; labels: Record<string, string>; isOver: boolean },
): Endpoints {
  const base = old ?? { metadata: { name: service.metadata.name } };
  const { [OVER_CAPACITY]: _, ...others } = base.metadata.annotations ?? {};
  const annotations = content.isOver ? { ...others, [OVER_CAPACITY]: 'truncated' } : others;
  return {
    ...base,
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...base.metadata, labels: content.labels, annotations },
    subsets: content.subsets,
  };
}

/** Pods that are new among the ready addresses, or that have left them. */
function changedPods(
  pods: readonly Pod[],
  old: Endpoints | null,
  subsets: readonly EndpointSubset[],
): readonly Pod[] {
  const [before, after] = [readyPods(old?.subsets ?? []), readyPods(subsets)];
  return pods.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined &&
      before.has(metadata.name) !== after.has(metadata.name),
  );
}

const readyPods = (subsets: readonly EndpointSubset[]): ReadonlySet<string> =>
  new Set(
    subsets
      .flatMap(({ addresses }) => addresses ?? [])
      .map(({ targetRef }) => targetRef?.name ?? ''),
  );

function announcement(
  { metadata }: Service,
  regarding: Endpoints,
  verb: 'create' | 'update',
): Announcement {
  const subject = `${metadata.namespace ?? ''}/${metadata.name}: {error}`;
  return {
    regarding,
    onFailure:
      verb === 'create'
        ? {
            type: 'Warning',
            reason: 'FailedToCreateEndpoint',
            message: `Failed to create endpoint for service ${subject}`,
          }
        : {
            type: 'Warning',
            reason: 'FailedToUpdateEndpoint',
            message: `Failed to update endpoint ${subject}`,
          },
  };
}
