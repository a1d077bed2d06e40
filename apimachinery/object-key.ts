/** What the store files an object under. Cluster and namespace are implied by the store itself. */
export interface ObjectKey {
  /** Resource and group, as in `deployments.apps`; core resources have no suffix: `pods`. */
  readonly resource: GroupResource;
  readonly name: string;
}

/** `<plural>` for the core group, else `<plural>.<group>`; the form of `kubectl api-resources -o name`. */
export type GroupResource = string;

export function groupResource(group: string, resource: string): GroupResource {
  return group === '' ? resource : `${resource}.${group}`;
}

/** The text form used for queue keys and logs: `deployments.apps/web`. */
export function formatObjectKey(key: ObjectKey): string {
  return `${key.resource}/${key.name}`;
}
