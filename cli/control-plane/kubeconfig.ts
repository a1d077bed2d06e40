import { stringify } from 'yaml';

/** A kubeconfig for one cluster and one user. `ca` is PEM, absent where the system's CAs do. */
export function kubeconfigText(options: {
  server: string;
  ca?: string;
  token: string;
  name: string;
}): string {
  const { server, ca, token, name } = options;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server,
          ...(ca === undefined
            ? {}
            : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
        },
      },
    ],
    users: [{ name: `${name}-admin`, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
    'current-context': name,
  });
}
