/** Who a request comes from, as in authentication.k8s.io UserInfo. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  /** Set for the agents of nodes. */
  readonly node?: string;
}

export const MASTERS_GROUP = 'system:masters';
export const AUTHENTICATED_GROUP = 'system:authenticated';
export const NODES_GROUP = 'system:nodes';
