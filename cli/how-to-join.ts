import type { connect } from './connection.ts';
import { dataDirAt, readIfExists } from './data-dir.ts';

/**
 * What to do with an enrolment token, as `connect` with the same options found the control plane.
 *
 * @param server as this machine reaches it
 */
export async function howToJoin(
  options: Parameters<typeof connect>[0],
  server: string,
  token: string,
): Promise<string> {
  // Of a control plane of our own we know how others reach it.
  const own = options.kubeconfig === undefined ? dataDirAt(options.dataDir).joinURL : undefined;
  const url = own === undefined ? server : await readIfExists(own);
  const command = `\nOn the machine that joins, with a copy of pki/ca.crt where the certificate is our own:\n  fairlead node join ${url || server} --token ${token} --ca-file ca.crt\n`;
  if (url !== '') return command;
  return `${command}Other machines do not reach it: it listens on loopback only. Start it with \`--address 0.0.0.0\`.\n`;
}
