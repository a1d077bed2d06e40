import {
  formatAPIVersion,
  type KubernetesObject,
  type ManagedFieldsEntry,
} from '../../../apimachinery/meta.ts';
import { newCompiledTypes } from '../../registry/apply/compiled-managed-types.ts';
import { type FieldManager, newFieldManager } from '../../registry/apply/field-manager.ts';
import { resetFieldsOf } from '../../registry/apply/reset-fields.ts';
import { newResourceTypes } from '../../registry/apply/resource-managed-types.ts';
import {
  parentEntries,
  scaleEntries,
  SPEC_REPLICAS,
  type ReplicasPaths,
} from '../../registry/apply/scale-fields.ts';
import { isHidden } from '../../registry/hidden-resources.ts';
import type { ResourceCatalog, ResourceInfo } from '../../registry/kind-table.ts';
import { SCALE_SCHEMA, scaleOf } from '../../registry/scale.ts';
import { lookupSchema } from '../../registry/schema/schema.ts';
import type { ResourceAddress } from './protocol.ts';
import { fromStored, requestedInfo, type StoreContext } from './store-context.ts';

/** Field managers of what the control plane writes itself, as upstream's components are called. */
export const CONTROLLER_MANAGER = 'kube-controller-manager';
export const NODE_MANAGER = 'kubelet';
export const SCHEDULER_MANAGER = 'kube-scheduler';
export const API_SERVER_MANAGER = 'kube-apiserver';

/** A write as far as it makes its writer the owner of fields. */
export interface TrackedWrite extends Pick<ResourceAddress, 'resource' | 'apiVersion'> {
  /** Name of the field manager; null where the write makes nobody an owner. */
  readonly fieldManager: string | null;
}

/**
 * The managers that stores have used, by what they serve. Definitions of custom resources are
 * compiled anew when they change, so that what was made for them goes with them.
 */
const managers = new WeakMap<ResourceCatalog, WeakMap<ResourceInfo, FieldManager>>();

/** The field manager of a resource as a version shows it. */
export function fieldManagerOf({ resources }: StoreContext, view: ResourceInfo): FieldManager {
  let known = managers.get(resources);
  if (known === undefined) {
    known = new WeakMap();
    managers.set(resources, known);
  }
  let manager = known.get(view);
  if (manager === undefined) {
    const viewOf = (apiVersion: string) => resources.view(view.storage, apiVersion);
    manager = newFieldManager(newResourceTypes(view, viewOf));
    known.set(view, manager);
  }
  return manager;
}

/**
 * Gives a new object, or one that is about to replace `old`, the managedFields that are due, in
 * place. Both are as they are stored; fields are owned in the version of the request. Call it with
 * defaults set, and before anything else is changed on the object's behalf.
 */
export function trackFields(
  context: StoreContext,
  write: TrackedWrite,
  subresource: string,
  object: KubernetesObject,
  old: KubernetesObject | null,
): void {
  if (write.fieldManager === null || isHidden(write.resource)) return;
  const view = requestedInfo(context, write);
  const tracked = fieldManagerOf(context, view).update({
    live: old === null ? null : fromStored(view, old),
    updated: fromStored(view, object),
    manager: write.fieldManager,
    subresource,
    now: context.now(),
    resetFields: resetFieldsOf(view.strategy, subresource),
  });
  setEntries(object, tracked.metadata.managedFields);
}

function setEntries(object: KubernetesObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined || entries.length === 0) delete object.metadata.managedFields;
  else object.metadata.managedFields = entries;
}

let scaleManager: FieldManager | undefined;

/** The field manager of Scales, whatever they scale. */
export function scaleFieldManager(): FieldManager {
  scaleManager ??= newFieldManager(
    newCompiledTypes('autoscaling/v1', 'Scale', lookupSchema(SCALE_SCHEMA)),
  );
  return scaleManager;
}

/** What a workload looks like through its Scale, with who owns the replicas. */
export function trackedScaleOf(
  context: StoreContext,
  view: ResourceInfo,
  object: KubernetesObject,
): KubernetesObject {
  const scale = scaleOf(view, object);
  const { managedFields } = object.metadata;
  setEntries(scale, scaleEntries(managedFields, replicasPaths(context, view, managedFields)));
  return scale;
}

/** A Scale that was sent, with managedFields as they are after it is written. */
export function trackScale(
  context: StoreContext,
  write: TrackedWrite,
  sent: KubernetesObject,
  old: KubernetesObject,
): KubernetesObject {
  if (write.fieldManager === null) return sent;
  return scaleFieldManager().update({
    live: trackedScaleOf(context, requestedInfo(context, write), old),
    updated: sent,
    manager: write.fieldManager,
    subresource: 'scale',
    now: context.now(),
  });
}

/** Gives a scaled object the owners of its Scale, in place. */
export function takeScaleEntries(
  context: StoreContext,
  write: TrackedWrite,
  object: KubernetesObject,
  scale: KubernetesObject,
  old: KubernetesObject,
): void {
  const view = requestedInfo(context, write);
  const apiVersion = formatAPIVersion(view.group, view.version);
  const { managedFields } = old.metadata;
  const entries = scale.metadata.managedFields;
  const paths = replicasPaths(context, view, managedFields);
  setEntries(object, parentEntries(managedFields, entries, apiVersion, paths));
}

/** Where the versions in which a resource's managers write have their replicas. */
function replicasPaths(
  { resources }: StoreContext,
  view: ResourceInfo,
  entries: readonly ManagedFieldsEntry[] = [],
): ReplicasPaths {
  const paths = new Map([[formatAPIVersion(view.group, view.version), pathIn(view)]]);
  for (const { apiVersion = '' } of entries) {
    if (paths.has(apiVersion)) continue;
    const other = resources.view(view.storage, apiVersion);
    if (other !== undefined) paths.set(apiVersion, pathIn(other));
  }
  return paths;
}

/** Null for a version that cannot be scaled. */
function pathIn(view: ResourceInfo): readonly string[] | null {
  if (!view.subresources.some(({ name }) => name === 'scale')) return null;
  return view.scale?.path ?? SPEC_REPLICAS;
}
