import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomically } from '../state/atomic-file.ts';
import type { Endpoint } from './endpoint.ts';
import { enrolNode } from './enrol.ts';
import { openNodeKey } from './node-key.ts';
import type { NodeKey } from './node-key.ts';

/** What the control plane said of this node when it was enrolled. */
const enrolmentSchema = z.object({
  nodeName: z.string(),
  cluster: z.string(),
  certificate: z.string(),
});
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** The key of the node whose state is in this directory; made where there is none. */
export const nodeKeyIn = (stateDir: string): Promise<NodeKey> =>
  openNodeKey(join(stateDir, 'node-key.pem'));

/** Undefined where the node was never enrolled. */
export async function loadEnrolment(stateDir: string): Promise<Enrolment | undefined> {
  try {
    return enrolmentSchema.parse(JSON.parse(await readFile(fileIn(stateDir), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Enrols the node, and remembers it.
 * @throws EnrolmentRefused when trying the same again is of no use; other Errors when it may be
 */
export async function enrol(
  stateDir: string,
  endpoint: Endpoint,
  node: { readonly nodeName: string; readonly token: string },
): Promise<Enrolment> {
  const { publicJWK } = await nodeKeyIn(stateDir);
  const { nodeName, token } = node;
  const answer = await enrolNode(endpoint, token, { nodeName, publicKey: publicJWK });
  await writeFileAtomically(fileIn(stateDir), JSON.stringify(answer));
  return answer;
}

const fileIn = (stateDir: string): string => join(stateDir, 'enrolment.json');
