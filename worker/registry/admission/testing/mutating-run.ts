import { StatusError, type Status } from '../../../../apimachinery/status-error.ts';
import { admit } from '../chain.ts';
import type { WebhookInquiry } from '../inquiry.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { configMap, newAttributes, resourceInfo } from './fake-attributes.ts';
import { FakeContext } from './fake-context.ts';
import { answering, webhookConfiguration } from './fake-webhooks.ts';
import { newMutatingWebhookPlugin } from '../webhooks/mutating-webhook.ts';

export const CONFIGURATIONS = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
export const MAPS = resourceInfo('configmaps');

export type Answers = Parameters<typeof answering>[0];
export type Hook = Parameters<typeof webhookConfiguration>[1][number];

export const contextOf = (hooks: readonly Hook[], answers: Answers) =>
  new FakeContext({
    objects: { [CONFIGURATIONS]: [webhookConfiguration('conf', hooks)] },
    answer: answering(answers),
  });

/** Admits an object with these webhooks, which answer like that: what became of it, and the names of those that were asked, in order. */
export function run(
  hooks: readonly Hook[],
  answers: Answers,
  attributes = newAttributes(MAPS, configMap()),
  others: readonly AdmissionPlugin[] = [],
): { attributes: AdmissionAttributes; asked: string[]; status?: Status } {
  const context = contextOf(hooks, answers);
  const asked = () => context.asked.flat().map((i) => (i as WebhookInquiry).name);
  try {
    admit([...others, newMutatingWebhookPlugin()], attributes, context);
    return { attributes, asked: asked() };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { attributes, asked: asked(), status: error.status };
  }
}

export const set = (key: string, value: string) => ({ op: 'add', path: `/data/${key}`, value });
export const dataOf = ({ object }: AdmissionAttributes) => object?.['data'];
