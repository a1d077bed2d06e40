import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import { newScaleMapping } from '../../registry/crd/objects/scale-mapping.ts';
import { storedDefinition } from '../../registry/crd/types.ts';
import { DEFINITIONS, STORED_RESOURCES } from '../../registry/hidden-resources.ts';
import type { ScaleMapping } from '../../registry/kind-table.ts';
import { scaleOf } from '../../registry/scale.ts';
import type { Reader } from '../planner.ts';
import type { ObjectReference } from './autoscaler-facts.ts';

/** What is scaled, as its `scale` subresource shows it. */
export interface ScaleTarget {
  readonly resource: GroupResource;
  readonly specReplicas: number;
  readonly statusReplicas: number;
  /** '' for none. */
  readonly selector: string;
  readonly scale: KubernetesObject;
}

interface Mapping {
  readonly resource: GroupResource;
  /** Absent for the fields that built-in kinds use. */
  readonly scale?: ScaleMapping;
}

/**
 * The target that a reference names, by group and kind whatever its version.
 *
 * @returns a text in upstream's words where it cannot be had.
 */
export function scaleTarget(reader: Reader, reference: ObjectReference = {}): ScaleTarget | string {
  const { apiVersion = '', kind = '', name = '' } = reference;
  const parts = apiVersion.split('/');
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  const mapping = builtInMapping(group, kind) ?? customMapping(reader, group, kind);
  if (typeof mapping === 'string') return mapping;
  const object = reader.get(mapping.resource, name);
  if (object === null) return `${mapping.resource} ${JSON.stringify(name)} not found`;
  try {
    mapping.scale?.requireReplicas?.(object);
    return targetOf(mapping, object);
  } catch (error) {
    // What a definition's paths lead to is no number or no text.
    return error instanceof Error ? error.message : String(error);
  }
}

const NO_SUCH_ENDPOINT = 'the server could not find the requested resource';

function builtInMapping(group: string, kind: string): Mapping | string | null {
  for (const [resource, info] of STORED_RESOURCES) {
    if (info.group !== group || info.kind !== kind) continue;
    return info.subresources.some((sub) => sub.name === 'scale') ? { resource } : NO_SUCH_ENDPOINT;
  }
  return null;
}

/** Through the paths of the definition, of which a store with such objects has a copy. */
function customMapping(reader: Reader, group: string, kind: string): Mapping | string {
  const definition = reader
    .list(DEFINITIONS)
    .map(storedDefinition)
    .find(({ spec }) => spec.group === group && spec.names.kind === kind);
  if (definition === undefined) {
    return `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`;
  }
  const paths = definition.spec.versions.find(({ storage }) => storage)?.subresources?.scale;
  if (paths === undefined) return NO_SUCH_ENDPOINT;
  const resource = `${definition.spec.names.plural}.${group}`;
  return { resource, scale: newScaleMapping(paths) };
}

function targetOf({ resource, ...info }: Mapping, object: KubernetesObject): ScaleTarget {
  const scale = scaleOf(info, object);
  const { replicas: specReplicas = 0 } = (scale.spec ?? {}) as { replicas?: number };
  const { replicas: statusReplicas = 0, selector = '' } = (scale.status ?? {}) as {
    replicas?: number;
    selector?: string;
  };
  return { resource, specReplicas, statusReplicas, selector, scale };
}
