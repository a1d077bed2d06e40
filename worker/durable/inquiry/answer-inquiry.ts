import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { AccessDecision } from '../../registry/authz/authorizer.ts';
import type { Inquiry } from '../../registry/admission/inquiry.ts';
import type { Scope } from '../store/protocol.ts';
import type { AnswerInquiry } from '../../registry/admission/inquiry-memo.ts';
import type { WebhookCaller } from '../../webhooks/webhook-caller.ts';

/**
 * For so long an answer about objects or permissions of other stores serves later questions, too:
 * what a cluster's rules say is at most a second old. Milliseconds.
 */
const FRESH_MS = 1_000;
const MAX_KEPT = 500;

export interface AnswererDeps {
  readonly cluster: string;
  readonly webhooks: WebhookCaller;
  /** Objects of another store, as JSON texts. */
  readonly listObjects: (
    scope: Scope,
    resource: string,
    options: { readonly name?: string; readonly labelSelector?: string },
  ) => Promise<readonly string[]>;
  readonly authorize: (
    scope: Scope,
    inquiry: Extract<Inquiry, { kind: 'access' }>,
  ) => Promise<AccessDecision>;
  readonly now: () => number;
}

/** Answers questions of one store: by calling webhooks, and by asking other stores. */
export function newAnswerer(deps: AnswererDeps): AnswerInquiry {
  const kept = new Map<
    string,
    { readonly at: number; readonly answer: ReturnType<AnswerInquiry> }
  >();
  const ask: AnswerInquiry = (inquiry) => {
    switch (inquiry.kind) {
      case 'webhook':
        return deps.webhooks.call(inquiry);
      case 'objects':
        return listObjects(deps, inquiry);
      case 'access':
        return deps.authorize({ cluster: deps.cluster, namespace: inquiry.namespace }, inquiry);
    }
  };
  return (inquiry) => {
    if (inquiry.kind === 'webhook') return ask(inquiry);
    const key = JSON.stringify(inquiry);
    const known = kept.get(key);
    if (known !== undefined && known.at + FRESH_MS > deps.now()) return known.answer;
    if (kept.size >= MAX_KEPT) kept.clear();
    const answer = ask(inquiry);
    kept.set(key, { at: deps.now(), answer });
    // A store that could not be asked is asked again by whoever needs it next.
    void answer.catch(() => kept.delete(key));
    return answer;
  };
}

async function listObjects(
  deps: AnswererDeps,
  { namespace, resource, name, labelSelector }: Extract<Inquiry, { kind: 'objects' }>,
): Promise<readonly KubernetesObject[]> {
  const texts = await deps.listObjects({ cluster: deps.cluster, namespace }, resource, {
    ...(name === undefined ? {} : { name }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
  });
  return texts.map((text) => JSON.parse(text) as KubernetesObject);
}
