import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { deepEqual } from '../rest/deep-equal.ts';
import type { AdmissionAttributes } from './plugin.ts';

/**
 * Which of a plugin's webhooks or policies are invoked again in the second round: those that allow
 * it, and that ran before the object changed for the last time. One that did not run in the first
 * round does not run in the second.
 */
export class Reinvocation {
  #lastOutput: KubernetesObject | null = null;
  #invoked = new Set<string>();
  readonly #again = new Set<string>();

  /** What the plugin keeps of the request from one round to the next. */
  static of(plugin: string, attributes: AdmissionAttributes): Reinvocation {
    const known = attributes.pluginState.get(plugin);
    if (known instanceof Reinvocation) return known;
    const state = new Reinvocation();
    attributes.pluginState.set(plugin, state);
    return state;
  }

  /** To be called before a round: what other plugins changed since the last one counts as well. */
  begin({ isReinvocation, object }: AdmissionAttributes): void {
    if (this.#invoked.size === 0 || !isReinvocation) return;
    if (!deepEqual(this.#lastOutput, object)) this.objectChanged();
  }

  /** To be called after a round. A copy is made only where something could be invoked again. */
  end({ object }: AdmissionAttributes): void {
    if (this.#invoked.size === 0) return;
    this.#lastOutput = object === null ? null : structuredCopy(object);
  }

  mayInvoke(id: string, { isReinvocation }: AdmissionAttributes): boolean {
    return !isReinvocation || this.#again.has(id);
  }

  /** Notes that something ran which wants to see what is changed after it. */
  invoked(id: string): void {
    this.#invoked.add(id);
  }

  objectChanged(): void {
    for (const id of this.#invoked) this.#again.add(id);
    this.#invoked = new Set();
  }
}

const structuredCopy = (object: KubernetesObject): KubernetesObject =>
  JSON.parse(JSON.stringify(object)) as KubernetesObject;
