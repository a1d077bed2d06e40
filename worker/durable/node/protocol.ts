/** What a store asks of a NodeDurableObject. Objects are JSON texts; null means gone. */
export interface DesiredChanges {
  readonly pods: readonly {
    readonly name: string;
    readonly uid: string;
    readonly pod: string | null;
  }[];
  readonly objects: readonly {
    readonly resource: 'configmaps' | 'secrets';
    readonly name: string;
    readonly object: string | null;
  }[];
}

/** What a node reports about pods of one namespace, handed to that namespace's store. */
export interface PodReport {
  readonly nodeName: string;
  readonly statuses: readonly {
    readonly name: string;
    readonly uid: string;
    readonly status: Record<string, unknown>;
  }[];
  readonly terminated: readonly { readonly name: string; readonly uid: string }[];
  readonly events: readonly NodeEvent[];
}

export interface NodeEvent {
  readonly regarding: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly fieldPath?: string;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
}

/** A node that says hello: its v1 NodeStatus, and the labels and annotations that it wants on itself. */
export interface NodeRegistration {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly status: Record<string, unknown>;
}
