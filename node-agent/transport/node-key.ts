import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { EnrolRequest } from '../../apimachinery/agent-protocol.ts';
import { writeFileAtomically } from '../state/atomic-file.ts';

/** The node's Ed25519 key; the private half never leaves the node. */
export interface NodeKey {
  readonly privateKey: KeyObject;
  readonly publicJWK: EnrolRequest['publicKey'];
}

function nodeKey(privateKey: KeyObject): NodeKey {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, publicJWK: { kty: 'OKP', crv: 'Ed25519', x } };
}

export function generateNodeKey(): NodeKey {
  return nodeKey(generateKeyPairSync('ed25519').privateKey);
}

/** The key in this file, which is made, readable by its owner only, where it is missing. */
export async function openNodeKey(path: string): Promise<NodeKey> {
  try {
    return nodeKey(createPrivateKey(await readFile(path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = generateNodeKey();
  await writeFileAtomically(path, key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return key;
}
