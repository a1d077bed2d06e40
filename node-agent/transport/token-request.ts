import * as z from 'zod';
import type { DesiredPod } from '../diff/pod.ts';
import type { IssuedToken, TokenNeed } from '../diff/token-plan.ts';
import { apiURL } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { postJSON, statusMessage } from './post-json.ts';

/** Throws an Error that says why there is none; never with a token in it. */
export type RequestToken = (pod: DesiredPod, need: TokenNeed) => Promise<IssuedToken>;

const answerSchema = z.object({
  spec: z.object({ expirationSeconds: z.int().min(1) }),
  status: z.object({ token: z.string().min(1), expirationTimestamp: z.iso.datetime() }),
});

/**
 * Asks the API server for tokens of pods' ServiceAccounts, bound to the pods, as the node
 * (`serviceaccounts/token`, TokenRequest of authentication.k8s.io/v1).
 */
export function newTokenRequester(
  endpoint: Endpoint,
  nodeToken: () => Promise<string>,
): RequestToken {
  return async (pod, need) => {
    const { namespace, name, uid } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? 'default';
    const path = `api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const { audience, expirationSeconds } = need;
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        ...(audience === '' ? {} : { audiences: [audience] }),
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const { status, text } = await postJSON(
      endpoint,
      apiURL(endpoint, path),
      await nodeToken(),
      body,
    );
    if (status < 200 || status >= 300) throw new Error(statusMessage(text));
    return decode(text);
  };
}

function decode(text: string): IssuedToken {
  const answer = answerSchema.safeParse(parse(text));
  // What a failed check says could hold the token.
  if (!answer.success) throw new Error('the answer is not a TokenRequest');
  const { spec, status } = answer.data;
  return {
    token: status.token,
    expiresAtMs: Date.parse(status.expirationTimestamp),
    lifetimeSeconds: spec.expirationSeconds,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Says what is wrong by the check of what it should be.
    return undefined;
  }
}
