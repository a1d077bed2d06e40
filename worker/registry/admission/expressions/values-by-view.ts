import type { ResourceInfo } from '../../kind-table.ts';
import type { ResourceView } from '../matching/resource-view.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';
import { RequestValues } from './request-values.ts';

/** What expressions see of a request as each view shows it, kept for as long as the object is the same. */
export class ValuesByView {
  readonly #attributes: AdmissionAttributes;
  readonly #context: AdmissionContext;
  #object: AdmissionAttributes['object'];
  readonly #values = new Map<ResourceInfo, RequestValues>();

  constructor(attributes: AdmissionAttributes, context: AdmissionContext) {
    this.#attributes = attributes;
    this.#context = context;
    this.#object = attributes.object;
  }

  /** @throws StatusError where an object cannot be shown as the view has it. */
  get(view: ResourceView): RequestValues {
    if (this.#object !== this.#attributes.object) {
      this.#object = this.#attributes.object;
      this.#values.clear();
    }
    let values = this.#values.get(view.info);
    if (values === undefined) {
      values = new RequestValues(this.#attributes, this.#context, view);
      this.#values.set(view.info, values);
    }
    return values;
  }
}
