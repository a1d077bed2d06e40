import { readFile } from 'node:fs/promises';
import type { Endpoint } from '../../node-agent/transport/endpoint.ts';
import { apiURL } from '../../node-agent/transport/endpoint.ts';
import { EnrolmentRefused } from '../../node-agent/transport/enrol.ts';
import { enrol, loadEnrolment, nodeKeyIn } from '../../node-agent/transport/enrolment.ts';
import type { Enrolment } from '../../node-agent/transport/enrolment.ts';
import { newTokenSource } from '../../node-agent/transport/node-token.ts';
import { statusMessage } from '../../node-agent/transport/post-json.ts';
import { APIClient } from '../api-client.ts';
import type { NodeConfig } from '../node-config.ts';

/** Codes of certificates that nobody here trusts. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_(UNTRUSTED|SIGNATURE)/;

export async function endpointOf({ server, caFile }: NodeConfig): Promise<Endpoint> {
  return { server, ...(caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') }) };
}

/**
 * Enrols the node unless it is. @throws Error that says what to do next
 */
export async function ensureEnrolled(config: NodeConfig): Promise<Enrolment> {
  const { stateDir, nodeName, enrolmentToken: token } = config;
  const known = await loadEnrolment(stateDir);
  if (known !== undefined) {
    if (known.nodeName === nodeName) return known;
    throw new Error(
      `this machine is enrolled as ${known.nodeName}: leave --name out, or remove it first with \`fairlead node uninstall --purge\``,
    );
  }
  if (token === undefined) {
    throw new Error(
      'this machine is not enrolled: pass --token with what `fairlead node token create` printed',
    );
  }
  try {
    return await enrol(stateDir, await endpointOf(config), { nodeName, token });
  } catch (error) {
    throw new Error(enrolmentAdvice(error, config.server), { cause: error });
  }
}

/** What a failed enrolment comes to for the person who wanted it. */
export function enrolmentAdvice(error: unknown, server: string): string {
  const { message, code = '' } = error as { message: string; code?: string };
  if (error instanceof EnrolmentRefused) {
    return `${message}: make another token with \`fairlead node token create\`, and run this again with it`;
  }
  if (UNTRUSTED.test(code)) {
    return `the certificate of ${server} is not trusted here (${code}): pass --ca-file with a copy of the control plane's pki/ca.crt`;
  }
  return `${server} cannot be reached (${code === '' ? message : code}): look at the address, and whether this machine gets there`;
}

/** A client that speaks as the node. */
async function clientOf(config: NodeConfig, enrolment: Enrolment): Promise<APIClient> {
  const key = await nodeKeyIn(config.stateDir);
  const token = await newTokenSource(key, enrolment, () => Date.now())();
  const { server, ca } = await endpointOf(config);
  return new APIClient({ server, ca, token });
}

/** Whether the control plane says that the node is ready. */
export async function isNodeReady(config: NodeConfig, enrolment: Enrolment): Promise<boolean> {
  const client = await clientOf(config, enrolment);
  try {
    const { status, text } = await client.request('GET', `/api/v1/nodes/${enrolment.nodeName}`);
    if (status !== 200) return false;
    const { status: said } = JSON.parse(text) as {
      status?: { conditions?: readonly { type: string; status: string }[] };
    };
    return said?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  } finally {
    client.close();
  }
}

/** Deletes the node's Node. Answers why that was not possible; null: it is gone. */
export async function deleteNode(config: NodeConfig, enrolment: Enrolment): Promise<string | null> {
  try {
    const client = await clientOf(config, enrolment);
    try {
      const path = `/api/v1/nodes/${enrolment.nodeName}`;
      const { status, text } = await client.request('DELETE', path);
      return status < 300 || status === 404 ? null : statusMessage(text);
    } finally {
      client.close();
    }
  } catch (error) {
    const { host } = apiURL({ server: config.server }, '');
    return `${host} cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
  }
}
