import { StatusError } from '../../../../apimachinery/status-error.ts';
import { addAuditAnnotation } from '../audit-annotation.ts';
import { Concerned } from '../concerned.ts';
import { isExemptFromWebhooks } from '../matching/exemptions.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { Reinvocation } from '../reinvocation.ts';
import { applyReviewPatch } from './apply-review-patch.ts';
import { askWebhooks } from './ask-webhooks.ts';
import { type Invocation, invocations } from './invocations.ts';
import { CallFailure } from './webhook-errors.ts';
import { type Webhook, webhooksOf } from './webhook.ts';

const NAME = 'MutatingAdmissionWebhook';
const CONFIGURATIONS = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
const MUTATION = 'mutation.webhook.admission.k8s.io/';
const FAILED_OPEN = `failed-open.${MUTATION}`;

/** Asks the MutatingWebhookConfigurations that match, one webhook after the other. */
export function newMutatingWebhookPlugin(): AdmissionPlugin {
  const webhooks = new Concerned<Webhook>((context) => webhooksOf(context.list(CONFIGURATIONS)));
  return {
    name: NAME,
    handles: (attributes) => !isExemptFromWebhooks(attributes),
    admit: (attributes, context) => admit(webhooks, attributes, context),
  };
}

function admit(
  webhooks: Concerned<Webhook>,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): boolean {
  const round = Reinvocation.of(NAME, attributes);
  round.begin(attributes);
  let changed = false;
  for (const invocation of invocations(webhooks, attributes, context)) {
    const { id, spec } = invocation.webhook;
    if (!round.mayInvoke(id, attributes)) continue;
    if (invoke(invocation, attributes, context)) {
      round.objectChanged();
      changed = true;
    }
    if (spec.reinvocationPolicy === 'IfNeeded') round.invoked(id);
  }
  round.end(attributes);
  return changed;
}

/**
 * Asks one webhook and does as it says.
 * @returns whether the object changed.
 */
function invoke(
  invocation: Invocation,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): boolean {
  const { webhook, view } = invocation;
  const { name } = webhook.spec;
  const [answer] = askWebhooks([invocation], attributes, context, true);
  const place = `round_${attributes.isReinvocation ? 1 : 0}_index_${webhook.index}`;
  const note = (mutated: boolean): void => {
    const value = { configuration: webhook.configuration, webhook: name, mutated };
    addAuditAnnotation(attributes, `${MUTATION}${place}`, JSON.stringify(value));
  };
  if (answer === undefined) return false;
  const outcome =
    answer instanceof CallFailure || answer instanceof StatusError
      ? answer
      : applyReviewPatch(name, answer, attributes, view);
  note(outcome === true);
  if (outcome instanceof StatusError) throw outcome;
  if (!(outcome instanceof CallFailure)) return outcome;
  if (!webhook.ignoresFailures) throw outcome.status;
  addAuditAnnotation(attributes, `${FAILED_OPEN}${place}`, name);
  return false;
}
