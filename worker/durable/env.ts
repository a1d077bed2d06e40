import type { DirectoryDurableObject } from './directory-durable-object.ts';
import type { NodeDurableObject } from './node-durable-object.ts';
import type { PolledSocketsDurableObject } from './polled-sockets-durable-object.ts';
import type { SchedulerDurableObject } from './scheduler-durable-object.ts';
import type { StoreDurableObject } from './store-durable-object.ts';
import type { StreamDurableObject } from './stream-durable-object.ts';

/** The Worker's bindings, as declared in wrangler.toml. */
export interface Env {
  readonly STORE: DurableObjectNamespace<StoreDurableObject>;
  readonly SCHEDULER: DurableObjectNamespace<SchedulerDurableObject>;
  readonly NODE: DurableObjectNamespace<NodeDurableObject>;
  readonly STREAM: DurableObjectNamespace<StreamDurableObject>;
  readonly POLLED_SOCKETS: DurableObjectNamespace<PolledSocketsDurableObject>;
  readonly DIRECTORY: DurableObjectNamespace<DirectoryDurableObject>;
  /** 32 bytes, base64url: every other key of the deployment is derived from it. */
  readonly FAIRLEAD_ROOT_KEY: string;
  /** Carries calls of webhooks out, where the control plane is self-hosted. */
  readonly WEBHOOK_RELAY?: Fetcher;
  /** Certificates, PEM, by which pods know this API server; absent where public ones do. */
  readonly FAIRLEAD_CA?: string | null;
  /** Where clients outside find it (`https://host`): the issuer of service account tokens. */
  readonly FAIRLEAD_PUBLIC_URL?: string | null;
}
