/** What workerd is told; the Durable Object classes and flags are those of wrangler.toml. */
export interface WorkerdConfig {
  /** `address:port` of the TLS socket. */
  readonly listen: string;
  readonly dataPath: string;
}

/** Binding → class, as in wrangler.toml (a test compares the two). */
export const DURABLE_OBJECTS = {
  STORE: 'StoreDurableObject',
  SCHEDULER: 'SchedulerDurableObject',
  NODE: 'NodeDurableObject',
  STREAM: 'StreamDurableObject',
  POLLED_SOCKETS: 'PolledSocketsDurableObject',
  DIRECTORY: 'DirectoryDurableObject',
} as const;
export const COMPATIBILITY_DATE = '2026-10-01';
export const COMPATIBILITY_FLAGS = ['enable_request_signal'] as const;

/** Where the relay of webhooks listens, beside the configuration. */
export const WEBHOOK_RELAY_SOCKET = 'webhooks.sock';

/** The name that wrangler, miniflare and workerd derive the objects' ids from. */
const WORKER_NAME = 'fairlead';

/**
 * The capnp text for `workerd serve`. Files are named relative to it: `index.js` (the bundle),
 * `server.crt`, `server.key`. The root key comes from the environment.
 */
export function workerdConfigText({ listen, dataPath }: WorkerdConfig): string {
  const classes = Object.values(DURABLE_OBJECTS);
  const quote = (text: string) => JSON.stringify(text);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "fairlead", worker = .fairlead),
    (name = "webhook-relay", external = (address = ${quote(`unix:${WEBHOOK_RELAY_SOCKET}`)}, http = ())),
    (name = "data", disk = (path = ${quote(dataPath)}, writable = true)),
  ],
  sockets = [(
    name = "https",
    address = ${quote(listen)},
    https = (
      options = (),
      tlsOptions = (
        keypair = (privateKey = embed "server.key", certificateChain = embed "server.crt"),
        minVersion = tls1Dot2,
      ),
    ),
    service = "fairlead",
  )],
);

const fairlead :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  compatibilityFlags = [${COMPATIBILITY_FLAGS.map(quote).join(', ')}],
  durableObjectNamespaces = [
${classes.map((name) => `    (className = ${quote(name)}, uniqueKey = ${quote(`${WORKER_NAME}-${name}`)}, enableSql = true),`).join('\n')}
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [
${Object.entries(DURABLE_OBJECTS)
  .map(
    ([binding, name]) => `    (name = ${quote(binding)}, durableObjectNamespace = ${quote(name)}),`,
  )
  .join('\n')}
    (name = "FAIRLEAD_ROOT_KEY", fromEnvironment = "FAIRLEAD_ROOT_KEY"),
    (name = "FAIRLEAD_CA", fromEnvironment = "FAIRLEAD_CA"),
    (name = "FAIRLEAD_PUBLIC_URL", fromEnvironment = "FAIRLEAD_PUBLIC_URL"),
    (name = "WEBHOOK_RELAY", service = "webhook-relay"),
  ],
);
`;
}
