import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { servingCertificate } from '../../../cli/control-plane/certificates.ts';
import { reachOf } from '../../../cli/control-plane/reach.ts';
import { dataDirAt } from '../../../cli/data-dir.ts';
import type { Cluster } from './cluster.ts';
import { IMAGE } from './image.ts';
import { pod } from './manifests.ts';

/** Where this machine's libraries may be that its Node.js is linked with. */
const LIBRARIES = ['/lib', '/lib64', '/usr/lib'].filter((folder) => existsSync(folder));
const NODE_FOLDER = dirname(process.execPath);

/** The spec of a pod that runs a script on this machine's Node.js, which the image does not have. */
export function nodePod(
  name: string,
  script: string,
  {
    env = {},
    ports = [],
    labels = {},
    container = {},
  }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly ports?: readonly Readonly<Record<string, unknown>>[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly container?: Readonly<Record<string, unknown>>;
  } = {},
): Record<string, unknown> {
  const folders = [NODE_FOLDER, ...LIBRARIES];
  return pod(
    name,
    {
      containers: [
        {
          name: 'main',
          image: IMAGE,
          command: [process.execPath, '-e', script],
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          ports,
          volumeMounts: folders.map((folder, index) => ({
            name: `machine-${index}`,
            mountPath: folder,
            readOnly: true,
          })),
          ...container,
        },
      ],
      volumes: folders.map((folder, index) => ({
        name: `machine-${index}`,
        hostPath: { path: folder },
      })),
    },
    { labels },
  );
}

/**
 * Serves the value of each variable `SERVE_PORT_<port>` and `SERVE_TLS_PORT_<port>` at its port, with
 * JSON_RESPONSE as JSON that says the method as well.
 */
export const PORTER = `
const handlerOf = (text) => (request, response) => {
  const json = process.env.JSON_RESPONSE !== undefined;
  const type = json ? 'application/json' : text.startsWith('<') ? 'text/html; charset=utf-8' : 'text/plain';
  const body = json ? JSON.stringify({ Method: request.method, Body: text }) : text;
  request.resume();
  response.writeHead(200, { 'Content-Type': type });
  response.end(request.method === 'HEAD' ? undefined : body);
};
for (const [name, text] of Object.entries(process.env)) {
  const [, tls, port] = /^SERVE_(TLS_)?PORT_([0-9]+)$/.exec(name) ?? [];
  if (port === undefined) continue;
  const server = tls === undefined
    ? require('node:http').createServer(handlerOf(text))
    : require('node:https').createServer({ cert: process.env.CERT, key: process.env.KEY }, handlerOf(text));
  server.listen(Number(port));
}
process.on('SIGTERM', () => process.exit(0));
`;

/** Variables CERT and KEY for a server that nobody has a reason to trust. */
export async function serverCertificate(cluster: Cluster): Promise<{ CERT: string; KEY: string }> {
  const dir = dataDirAt(await mkdtemp(join(cluster.dir.root, 'server-')));
  await mkdir(dir.pki);
  const { certificate, privateKey } = await servingCertificate(
    dir,
    reachOf('127.0.0.1', []).names,
    Date.now(),
  );
  return { CERT: certificate, KEY: privateKey };
}
