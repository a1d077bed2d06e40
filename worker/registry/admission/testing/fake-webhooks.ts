import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { encodeBase64Text } from '../../base64.ts';
import type { Inquiry, WebhookInquiry, WebhookOutcome } from '../inquiry.ts';

/** A configuration with webhooks that are about everything and that refuse to be ignored. */
export const webhookConfiguration = (
  name: string,
  webhooks: readonly { readonly name: string; readonly [field: string]: unknown }[],
): KubernetesObject => ({
  metadata: { name },
  webhooks: webhooks.map((webhook) => ({
    clientConfig: { url: `https://${webhook.name}/` },
    rules: [
      {
        operations: ['*'],
        apiGroups: ['*'],
        apiVersions: ['*'],
        resources: ['*/*'],
        scope: '*',
      },
    ],
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
    reinvocationPolicy: 'Never',
    ...webhook,
  })),
});

/** The answer of a webhook: a v1 review with a response that allows, and with what is given. */
export const reviewed = (response: object = {}, review: object = {}): WebhookOutcome => ({
  ok: true,
  response: {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: 'x', allowed: true, ...response },
    ...review,
  },
});

/** The answer of a webhook that changes the object. */
export const patches = (...operations: object[]): WebhookOutcome =>
  reviewed({ patchType: 'JSONPatch', patch: encodeBase64Text(JSON.stringify(operations)) });

/** Answers questions to webhooks by their names. */
export const answering =
  (
    answers: Readonly<
      Record<string, WebhookOutcome | ((inquiry: WebhookInquiry) => WebhookOutcome)>
    >,
  ) =>
  (inquiry: Inquiry): WebhookOutcome => {
    if (inquiry.kind !== 'webhook') throw new Error(`unexpected question: ${inquiry.kind}`);
    const answer = answers[inquiry.name];
    if (answer === undefined) throw new Error(`no answer for ${inquiry.name}`);
    return typeof answer === 'function' ? answer(inquiry) : answer;
  };
