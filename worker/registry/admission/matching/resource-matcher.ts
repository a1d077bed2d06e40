import type { StatusError } from '../../../../apimachinery/status-error.ts';
import type { ResourceCatalog } from '../../kind-table.ts';
import type { MatchResources } from '../../resources/admission/match-resources.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';
import { ObjectSelection } from './object-selection.ts';
import { RequestRules } from './request-rules.ts';
import { newView, requestedView, type ResourceView } from './resource-view.ts';

/** As what a request matches, why it cannot be told, or null: it does not. */
export type Match =
  | { readonly view: ResourceView; readonly error?: undefined }
  | { readonly error: StatusError }
  | null;

/** Decides whether requests are what a webhook, a policy or a binding is about. */
export class ResourceMatcher {
  readonly #rules: RequestRules;
  readonly #excluded: RequestRules;
  readonly #selection: ObjectSelection;
  /** Whether no rules mean everything, as in bindings, and not nothing. */
  readonly #isOpen: boolean;

  constructor(resources: MatchResources, options: { readonly isOpen: boolean }) {
    const { matchPolicy, resourceRules = [], excludeResourceRules = [] } = resources;
    this.#rules = new RequestRules(resourceRules, matchPolicy);
    this.#excluded = new RequestRules(excludeResourceRules, matchPolicy);
    this.#selection = new ObjectSelection(resources.namespaceSelector, resources.objectSelector);
    this.#isOpen = options.isOpen && this.#rules.isEmpty;
  }

  /** Whether it is worth asking about requests of this kind: by the rules alone, and cheap. */
  concerns(attributes: AdmissionAttributes, resources: ResourceCatalog): boolean {
    return this.#isOpen || this.#rules.concern(attributes, resources);
  }

  match(attributes: AdmissionAttributes, context: AdmissionContext): Match {
    const { resources } = context;
    const info = this.#isOpen ? attributes.requested : this.#rules.match(attributes, resources);
    if (info === undefined) return null;
    if (this.#excluded.match(attributes, resources) !== undefined) return null;
    const selected = this.#selection.selects(attributes, context);
    if (selected === false) return null;
    if (selected !== true) return { error: selected };
    return {
      view: info === attributes.requested ? requestedView(attributes) : newView(info, attributes),
    };
  }
}
