/** What a node's socket leads to, once it was decided that the node may open it. */
export interface SocketTarget {
  readonly cluster: string;
  readonly node: string;
  /** Of a stream; absent for the node's link. */
  readonly streamID?: string;
}
