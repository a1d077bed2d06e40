import {
  newForbidden,
  newInternalError,
  StatusError,
} from '../../../../apimachinery/status-error.ts';
import type { Concerned } from '../concerned.ts';
import type { ConditionResult } from '../expressions/match-conditions.ts';
import { ValuesByView } from '../expressions/values-by-view.ts';
import type { ResourceView } from '../matching/resource-view.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';
import type { Webhook } from './webhook.ts';

/** A webhook that is to be asked about a request, as the resource that its rules name. */
export interface Invocation {
  readonly webhook: Webhook;
  readonly view: ResourceView;
}

/**
 * The webhooks that have a say, one after the other. Each is judged when it is its turn, by the
 * object as those before it left it.
 *
 * @throws StatusError where it cannot be told whether one has.
 */
export function* invocations(
  webhooks: Concerned<Webhook>,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): Generator<Invocation, void, void> {
  const values = new ValuesByView(attributes, context);
  for (const webhook of webhooks.by(attributes, context)) {
    const match = webhook.matcher.match(attributes, context);
    if (match === null) continue;
    if (match.error !== undefined) throw match.error;
    const result = evaluateConditions(webhook, match.view, values);
    if (result === true) yield { webhook, view: match.view };
    else if (result !== false) {
      const { group, resource } = attributes.requested;
      throw newForbidden({ group, resource }, attributes.name, result.error);
    }
  }
}

/** An object that cannot be converted is the server's fault. */
function evaluateConditions(
  { conditions }: Webhook,
  view: ResourceView,
  values: ValuesByView,
): ConditionResult {
  if (conditions === undefined) return true;
  try {
    return conditions.match(values.get(view).forConditions(null));
  } catch (error) {
    throw error instanceof StatusError ? newInternalError(error.message) : error;
  }
}
