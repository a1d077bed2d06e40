import type { NodeSpec, Taint } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../apimachinery/meta.ts';

/** What a namespace's store knows of a Node: what decides whether a daemon runs there. */
export interface NodePlace extends KubernetesObject {
  metadata: { name: string; uid: string; labels?: Record<string, string> };
  spec: { taints?: Taint[] };
}

/**
 * The object beside the places that says that they are all there. No Node can have its name. While
 * it is missing nothing may be concluded from a place that is not there.
 */
export const ALL_PLACES = '*';

/** The part of a Node that is copied. Heartbeats change nothing about it. */
export function placeOf({ metadata, spec }: KubernetesObject): NodePlace {
  const { name = '', uid = '', labels } = metadata;
  const { taints = [] } = (spec ?? {}) as NodeSpec;
  return newPlace(
    { name, uid, ...(labels === undefined ? {} : { labels }) },
    taints.length === 0 ? {} : { taints },
  );
}

/** The object that says that all places are there. */
export const allPlaces = (): NodePlace => newPlace({ name: ALL_PLACES, uid: ALL_PLACES }, {});

function newPlace(metadata: NodePlace['metadata'], spec: NodePlace['spec']): NodePlace {
  return { apiVersion: 'fairlead.dev/v1', kind: 'NodePlace', metadata, spec };
}
