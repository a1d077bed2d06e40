/** What control plane and nodes agree on about volumes that are directories of a node. */

/** Name of the built-in provisioner, and of the finalizer by which volumes wait for their directory to go. */
export const LOCAL_PATH = 'fairlead.dev/local-path';
/** On a Node: the folder that its agent keeps the directories of volumes in. Without it there are none. */
export const DIRECTORY_ANNOTATION = 'fairlead.dev/local-path-directory';
/** On a volume: the Node that has its directory. */
export const NODE_ANNOTATION = 'fairlead.dev/local-path-node';

/** A directory is called as its volume. */
export const volumeDirectory = (folder: string, volume: string): string => `${folder}/${volume}`;

/** Whether a name can be that of a directory in the folder, and of nothing else: a DNS subdomain. */
export const isVolumeName = (name: string): boolean =>
  name.length <= 253 &&
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
