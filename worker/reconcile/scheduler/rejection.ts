/** Why a node cannot take a pod. `final`: no eviction of other pods would change it. */
export interface Rejection {
  readonly reasons: readonly string[];
  readonly final: boolean;
}
