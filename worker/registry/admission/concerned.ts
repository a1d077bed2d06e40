import type { ResourceInfo } from '../kind-table.ts';
import type { ResourceMatcher } from './matching/resource-matcher.ts';
import type { AdmissionAttributes, AdmissionContext } from './plugin.ts';

/** Something that has a say about some requests. */
export interface Matched {
  readonly matcher: ResourceMatcher;
}

/**
 * What of a plugin's webhooks or policies can be about a kind of request. All are read and made
 * ready when one of the policy objects changed, and are looked through once for every kind of
 * request after that: those that are about something else cost nothing.
 */
export class Concerned<T extends Matched> {
  readonly #load: (context: AdmissionContext) => readonly T[];
  #revision: string | undefined;
  #all: readonly T[] = [];
  #byResource = new WeakMap<ResourceInfo, Map<string, readonly T[]>>();

  constructor(load: (context: AdmissionContext) => readonly T[]) {
    this.#load = load;
  }

  /** In the order in which they were loaded. */
  by(attributes: AdmissionAttributes, context: AdmissionContext): readonly T[] {
    if (this.#revision !== context.policyRevision) {
      this.#all = this.#load(context);
      this.#byResource = new WeakMap();
      this.#revision = context.policyRevision;
    }
    if (this.#all.length === 0) return this.#all;
    const { requested, operation, subresource } = attributes;
    let ofResource = this.#byResource.get(requested);
    if (ofResource === undefined) this.#byResource.set(requested, (ofResource = new Map()));
    const key = `${operation}/${subresource}`;
    let concerned = ofResource.get(key);
    if (concerned === undefined) {
      concerned = this.#all.filter(({ matcher }) =>
        matcher.concerns(attributes, context.resources),
      );
      ofResource.set(key, concerned);
    }
    return concerned;
  }
}
