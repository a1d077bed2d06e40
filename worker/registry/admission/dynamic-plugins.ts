import type { AdmissionPlugin } from './plugin.ts';
import { newPolicyPlugins } from './policies/plugins.ts';
import { newWebhookPlugins } from './webhooks/plugins.ts';

/**
 * The plugins that users configure, in upstream's order: policies come before webhooks, in either
 * phase, and all of them after the other plugins that mutate and before ResourceQuota.
 */
export const newDynamicPlugins = (): AdmissionPlugin[] => {
  const [mutatingPolicy, validatingPolicy] = newPolicyPlugins();
  const [mutatingWebhook, validatingWebhook] = newWebhookPlugins();
  return [mutatingPolicy, mutatingWebhook, validatingPolicy, validatingWebhook].flatMap(
    (plugin) => plugin ?? [],
  );
};
