import {
  newForbidden,
  newInternalError,
  StatusError,
} from '../../../../apimachinery/status-error.ts';
import type { Concerned } from '../concerned.ts';
import { RequestValues } from '../expressions/request-values.ts';
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
    if (meetsConditions(webhook, match.view, values)) yield { webhook, view: match.view };
  }
}

function meetsConditions(webhook: Webhook, view: ResourceView, values: ValuesByView): boolean {
  if (webhook.conditions === undefined) return true;
  const result = webhook.conditions.match(values.get(view).forConditions(null));
  if (typeof result === 'boolean') return result;
  const { group, resource } = values.attributes.requested;
  throw newForbidden({ group, resource }, values.attributes.name, result.error);
}

/** What expressions see, kept for as long as the object is the same. */
class ValuesByView {
  readonly attributes: AdmissionAttributes;
  readonly #context: AdmissionContext;
  #object: AdmissionAttributes['object'];
  #view: ResourceView | undefined;
  #values: RequestValues | undefined;

  constructor(attributes: AdmissionAttributes, context: AdmissionContext) {
    this.attributes = attributes;
    this.#context = context;
    this.#object = attributes.object;
  }

  get(view: ResourceView): RequestValues {
    const isSame = this.#view?.info === view.info && this.#object === this.attributes.object;
    if (isSame && this.#values !== undefined) return this.#values;
    this.#view = view;
    this.#object = this.attributes.object;
    return (this.#values = newValues(this.attributes, this.#context, view));
  }
}

/** An object that cannot be converted is the server's fault. */
function newValues(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  view: ResourceView,
): RequestValues {
  try {
    return new RequestValues(attributes, context, view);
  } catch (error) {
    if (error instanceof StatusError) throw newInternalError(error.message);
    throw error;
  }
}
