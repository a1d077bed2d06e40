import { newAdmissionRequest } from '../expressions/admission-request.ts';
import type { WebhookInquiry } from '../inquiry.ts';
import { showAs, type ResourceView } from '../matching/resource-view.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import type { Webhook } from './webhook.ts';

/** Versions of admission.k8s.io that can be spoken. */
const REVIEW_VERSIONS: readonly string[] = ['v1', 'v1beta1'];
const DEFAULT_TIMEOUT_SECONDS = 10;

/** The version of reviews that a webhook likes best, of those that are known. */
export function reviewVersion({ spec }: Webhook): string | undefined {
  return (spec.admissionReviewVersions ?? []).find((version) => REVIEW_VERSIONS.includes(version));
}

/** The question to a webhook; `uid` is added to the request by whoever puts it. */
export function newReviewInquiry(
  webhook: Webhook,
  version: string,
  attributes: AdmissionAttributes,
  view: ResourceView,
  phase: 'admit' | 'validating',
): WebhookInquiry {
  const { spec } = webhook;
  const { dryRun, options, ...request } = newAdmissionRequest(attributes, view);
  return {
    kind: 'webhook',
    use: 'admission',
    phase,
    name: spec.name,
    client: spec.clientConfig,
    timeoutSeconds: spec.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    review: {
      apiVersion: `admission.k8s.io/${version}`,
      kind: 'AdmissionReview',
      request: {
        ...request,
        object: showAs(view, attributes.object),
        oldObject: showAs(view, attributes.oldObject),
        dryRun,
        options,
      },
    },
  };
}
