import { LOCAL_PATH, NODE_ANNOTATION } from '../../../apimachinery/local-path.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { controllerUser } from '../../../apimachinery/user-info.ts';
import { as, type PersistentVolume } from '../../reconcile/kinds.ts';
import { awaitsRemoval, VOLUMES } from '../../reconcile/persistent-volume/volume-facts.ts';
import { CONTROLLER_MANAGER } from './field-tracking.ts';
import type { StoreContext } from './store-context.ts';
import { deleteObject } from './verbs/delete.ts';
import { updateObject } from './verbs/update.ts';

/** A volume, by what can never be another one's. */
export interface VolumeRef {
  readonly name: string;
  readonly uid: string;
}

const USER = controllerUser('persistent-volume-binder');

/** The node that has the directory of a volume; '' for none. */
export const directoryNodeOf = ({ metadata }: KubernetesObject): string =>
  metadata.annotations?.[NODE_ANNOTATION] ?? '';

/** The volume of this name and uid that waits for a node to remove its directory. */
export function awaitingVolume(
  { commits }: Pick<StoreContext, 'commits'>,
  { name, uid }: VolumeRef,
): PersistentVolume | null {
  const object = commits.read({ resource: VOLUMES, name });
  if (object === null || object.metadata.uid !== uid) return null;
  return awaitsRemoval(as<PersistentVolume>(object)) ? as<PersistentVolume>(object) : null;
}

/**
 * Lets a volume go whose directory its node has removed, or that no node has. Done again it changes
 * nothing. Inside a transaction.
 *
 * @param nodeName who says so; null for the control plane itself.
 */
export function finishRemoval(
  context: StoreContext,
  ref: VolumeRef,
  nodeName: string | null,
): void {
  const volume = awaitingVolume(context, ref);
  if (volume === null || (nodeName !== null && directoryNodeOf(volume) !== nodeName)) return;
  const request = { resource: VOLUMES, name: ref.name, user: USER };
  const { finalizers = [] } = volume.metadata;
  if (finalizers.includes(LOCAL_PATH)) {
    const draft = JSON.parse(JSON.stringify(volume)) as KubernetesObject;
    draft.metadata.finalizers = finalizers.filter((name) => name !== LOCAL_PATH);
    updateObject(context, { ...request, subresource: '', fieldManager: CONTROLLER_MANAGER }, draft);
  }
  // A volume that was only waiting for the finalizer went with it.
  if (context.commits.read({ resource: VOLUMES, name: ref.name }) === null) return;
  deleteObject(context, { ...request, options: { preconditions: { uid: ref.uid } } });
}
