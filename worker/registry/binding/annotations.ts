/** Annotations by which claims and volumes find each other (component-helpers storage/volume). */

/** On a claim: it was bound once. */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
/** On a claim or volume: not a user has chosen the other, but the controller. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** On a volume: who made it for its claim. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
/** On a claim: the node on which its first pod will run. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
/** On a claim: who is to make a volume for it, by its present name and its former one. */
export const PROVISIONER_ANNOTATIONS = [
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
] as const;

/** A provisioner of this name makes nothing: volumes of the class are made by hand. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
