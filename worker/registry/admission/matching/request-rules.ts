import type { ResourceCatalog, ResourceInfo } from '../../kind-table.ts';
import type { Rule } from '../../resources/admission/rules.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { equivalentsOf } from './equivalents.ts';
import { ruleMatches, type RuleSubject } from './rule-matches.ts';

/** A rule that matches a kind of request, and as which resource. */
interface RuleMatch {
  readonly info: ResourceInfo;
  /** The objects that it is about; all of them where there are none. */
  readonly names: readonly string[];
}

/**
 * The rules of a webhook or a policy. What does not depend on the single object is found out once
 * for every kind of request, and kept as long as the resource is the same.
 */
export class RequestRules {
  readonly #rules: readonly Rule[];
  readonly #matchesEquivalents: boolean;
  readonly #matches = new WeakMap<ResourceInfo, Map<string, readonly RuleMatch[]>>();

  constructor(rules: readonly Rule[], matchPolicy: string | undefined) {
    this.#rules = rules;
    this.#matchesEquivalents = matchPolicy === 'Equivalent';
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Whether requests like this one match, whatever the object's name is. */
  concern(attributes: AdmissionAttributes, resources: ResourceCatalog): boolean {
    return this.#matchesOf(attributes, resources).length > 0;
  }

  /** As what the request matches: by the rules as they are first, then by equivalent resources. */
  match(attributes: AdmissionAttributes, resources: ResourceCatalog): ResourceInfo | undefined {
    return this.#matchesOf(attributes, resources).find(
      ({ names }) => names.length === 0 || names.includes(attributes.name),
    )?.info;
  }

  #matchesOf(attributes: AdmissionAttributes, resources: ResourceCatalog): readonly RuleMatch[] {
    const { requested } = attributes;
    let ofResource = this.#matches.get(requested);
    if (ofResource === undefined) this.#matches.set(requested, (ofResource = new Map()));
    const key = `${attributes.operation}/${attributes.subresource}`;
    let matches = ofResource.get(key);
    if (matches === undefined) ofResource.set(key, (matches = this.#find(attributes, resources)));
    return matches;
  }

  #find(attributes: AdmissionAttributes, resources: ResourceCatalog): readonly RuleMatch[] {
    const { requested, subresource } = attributes;
    const matches = this.#ofViews([requested], attributes);
    if (!this.#matchesEquivalents) return matches;
    const equivalents = equivalentsOf(requested, subresource, this.#rules, resources);
    return equivalents.length === 0
      ? matches
      : [...matches, ...this.#ofViews(equivalents, attributes)];
  }

  /** Earlier rules come first. */
  #ofViews(views: readonly ResourceInfo[], attributes: AdmissionAttributes): RuleMatch[] {
    return this.#rules.flatMap((rule) =>
      views
        .filter((info) => ruleMatches(rule, subjectOf(info, attributes)))
        .map((info) => ({ info, names: rule.resourceNames ?? [] })),
    );
  }
}

const subjectOf = (info: ResourceInfo, attributes: AdmissionAttributes): RuleSubject => ({
  operation: attributes.operation,
  group: info.group,
  version: info.version,
  resource: info.resource,
  subresource: attributes.subresource,
  namespaced: info.namespaced,
});
