import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** Policies whose expressions are kept compiled; far more than a cluster has. */
const MAX_COMPILED = 1000;

/**
 * What policies are compiled to, by the revision of each: a change of one leaves the others as they
 * are. What was not used for long is forgotten.
 */
export class CompiledPolicies<C> {
  readonly #compile: (policy: KubernetesObject) => C;
  readonly #compiled = new Map<string, C>();

  constructor(compile: (policy: KubernetesObject) => C) {
    this.#compile = compile;
  }

  of(policy: KubernetesObject): C {
    const { uid = '', resourceVersion = '', name = '' } = policy.metadata;
    const key = `${uid}/${resourceVersion}/${name}`;
    const compiled = this.#compiled.get(key) ?? this.#compile(policy);
    this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    if (this.#compiled.size > MAX_COMPILED) this.#forgetOldest();
    return compiled;
  }

  #forgetOldest(): void {
    for (const key of this.#compiled.keys()) {
      this.#compiled.delete(key);
      return;
    }
  }
}
