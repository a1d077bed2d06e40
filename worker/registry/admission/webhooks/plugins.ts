import type { AdmissionPlugin } from '../plugin.ts';
import { newMutatingWebhookPlugin } from './mutating-webhook.ts';
import { newValidatingWebhookPlugin } from './validating-webhook.ts';

/**
 * The plugins that ask webhooks. Each keeps what it made of the configurations: make them once per
 * store.
 */
export const newWebhookPlugins = (): AdmissionPlugin[] => [
  newMutatingWebhookPlugin(),
  newValidatingWebhookPlugin(),
];
