import type { Env } from '../env.ts';
import { storeStub } from '../stubs.ts';
import { newAnswerer } from './answer-inquiry.ts';
import type { AnswerInquiry } from '../../registry/admission/inquiry-memo.ts';
import { WebhookCaller } from '../../webhooks/webhook-caller.ts';
import type { WebhookMetrics } from '../../webhooks/webhook-metrics.ts';
import { transportOf } from '../../webhooks/webhook-transport.ts';

/** Answers what the admission of a store of this cluster asks, with what the deployment has. */
export function storeAnswerer(env: Env, cluster: string, metrics: WebhookMetrics): AnswerInquiry {
  const now = () => Date.now();
  return newAnswerer({
    cluster,
    now,
    webhooks: new WebhookCaller({
      transport: transportOf(env.WEBHOOK_RELAY),
      metrics,
      newUID: () => crypto.randomUUID(),
      now,
    }),
    async listObjects(scope, resource, { name, labelSelector = '' }) {
      const fieldSelector = name === undefined ? '' : `metadata.name=${name}`;
      const answer = await storeStub(env, scope).list({
        scope,
        resource,
        labelSelector,
        fieldSelector,
        limit: 0,
        after: '',
        separator: '\n',
      });
      if (!answer.ok) return [];
      const { body } = answer;
      const text = typeof body === 'string' ? body : await new Response(body).text();
      return text.split('\n').filter((line) => line !== '');
    },
    async authorize(scope, { user, access }) {
      const [decision] = await storeStub(env, scope).authorize(scope, [
        { user, attributes: access },
      ]);
      return decision ?? { allowed: false, reason: '' };
    },
  });
}
