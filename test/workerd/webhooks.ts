import { enforce } from './policy.ts';

export const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
export const MUTATING = `${REGISTRATION}/mutatingwebhookconfigurations`;
export const VALIDATING = `${REGISTRATION}/validatingwebhookconfigurations`;

/** The URL of a behaviour of test/fakes/webhook-server.ts. */
export const webhookURL = (behaviour: string, ...args: string[]): string =>
  `https://webhooks.test/${[behaviour, ...args].map(encodeURIComponent).join('/')}`;

/** A rule: `CREATE,UPDATE configmaps` of the core group, `* apps/v1/deployments`. */
export function ruleOf(text: string, scope = '*'): object {
  const [operations = '', resources = ''] = text.split(' ');
  const parts = /^(?:([^/]*)\/([^/]*)\/)?(.*)$/.exec(resources);
  return {
    operations: operations.split(','),
    apiGroups: [parts?.[1] ?? ''],
    apiVersions: [parts?.[2] ?? 'v1'],
    resources: (parts?.[3] ?? '').split(','),
    scope,
  };
}

/** A webhook, by the URL that it has and the rules that bring requests to it. */
export const webhookOf = (url: string, rules: readonly string[], more: object = {}) => ({
  name: 'webhook.example.com',
  clientConfig: { url },
  rules: rules.map((text) => ruleOf(text)),
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  timeoutSeconds: 5,
  ...more,
});

export const configurationOf = (
  name: string,
  webhooks: readonly object[],
  metadata: object = {},
) => ({
  metadata: { name, ...metadata },
  webhooks,
});

/** Sees to it that webhooks change requests; names order them. */
export const mutateBy = (cluster: string, name: string, ...webhooks: readonly object[]) =>
  enforce(cluster, MUTATING, configurationOf(name, webhooks));

/** The same for some that judge them. */
export const validateBy = (cluster: string, name: string, ...webhooks: readonly object[]) =>
  enforce(cluster, VALIDATING, configurationOf(name, webhooks));
