import { parse } from 'yaml';
import { APIClient } from './api-client.ts';
import { dataDirAt, readIfExists } from './data-dir.ts';

interface Kubeconfig {
  'current-context': string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: {
    name: string;
    cluster: { server: string; 'certificate-authority-data'?: string };
  }[];
  users: { name: string; user: { token?: string } }[];
}

export interface Connection {
  readonly client: APIClient;
  readonly server: string;
  readonly ca: string | undefined;
}

/**
 * Connects with a kubeconfig: the one given, else the data directory's own.
 * @throws Error that says which file is missing or wrong.
 */
export async function connect(options: {
  kubeconfig?: string;
  dataDir: string;
}): Promise<Connection> {
  const path = options.kubeconfig ?? dataDirAt(options.dataDir).kubeconfig;
  const text = await readIfExists(path);
  if (text === null) {
    throw new Error(
      `${path} does not exist: start a control plane with \`fairlead up\`, or name a kubeconfig with --kubeconfig`,
    );
  }
  const config = parse(text) as Kubeconfig;
  const context = config.contexts.find((c) => c.name === config['current-context'])?.context;
  const cluster = config.clusters.find((c) => c.name === context?.cluster)?.cluster;
  const token = config.users.find((u) => u.name === context?.user)?.user.token;
  if (cluster === undefined || token === undefined) {
    throw new Error(`${path}: the current context needs a cluster and a user with a token`);
  }
  const data = cluster['certificate-authority-data'];
  const ca = data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
  return {
    client: new APIClient({ server: cluster.server, ca, token }),
    server: cluster.server,
    ca,
  };
}
