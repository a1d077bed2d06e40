import type { UserInfo } from '../../../apimachinery/user-info.ts';

/** Whoever a request was authenticated as. */
export interface User extends UserInfo {
  /** Set for the agents of nodes, by the tokens that they sign; nobody else is taken for one. */
  readonly node?: string;
}
