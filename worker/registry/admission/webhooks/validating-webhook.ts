import { StatusError } from '../../../../apimachinery/status-error.ts';
import { addAuditAnnotation } from '../audit-annotation.ts';
import { Concerned } from '../concerned.ts';
import { isExemptFromWebhooks } from '../matching/exemptions.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { askWebhooks } from './ask-webhooks.ts';
import { invocations } from './invocations.ts';
import { CallFailure } from './webhook-errors.ts';
import { type Webhook, webhooksOf } from './webhook.ts';

const CONFIGURATIONS = 'validatingwebhookconfigurations.admissionregistration.k8s.io';
const FAILED_OPEN = 'failed-open.validating.webhook.admission.k8s.io/';

/** Asks all ValidatingWebhookConfigurations that match, all webhooks at once. */
export function newValidatingWebhookPlugin(): AdmissionPlugin {
  const webhooks = new Concerned<Webhook>((context) => webhooksOf(context.list(CONFIGURATIONS)));
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (attributes) => !isExemptFromWebhooks(attributes),
    validate: (attributes, context) => validate(webhooks, attributes, context),
  };
}

/** Of several refusals the first webhook's is told. */
function validate(
  webhooks: Concerned<Webhook>,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  const relevant = Array.from(invocations(webhooks, attributes, context));
  const answers = askWebhooks(relevant, attributes, context, false);
  let refusal: StatusError | undefined;
  for (const [i, answer] of answers.entries()) {
    const webhook = relevant[i]?.webhook;
    if (answer instanceof CallFailure) {
      if (webhook?.ignoresFailures === true) {
        addAuditAnnotation(attributes, `${FAILED_OPEN}round_0_index_${i}`, webhook.spec.name);
      } else refusal ??= answer.status;
    } else if (answer instanceof StatusError) refusal ??= answer;
  }
  if (refusal !== undefined) throw refusal;
}
