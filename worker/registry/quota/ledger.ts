import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { Amounts } from './amounts.ts';
import { evaluatorOf, resourceCountedBy } from './evaluators.ts';
import { ResourceTally, type TallyReader } from './resource-tally.ts';
import { quotaSpec, scopeSelectorsOf } from './scope-selectors.ts';

const QUOTAS = 'resourcequotas';

/** What a ledger reads: the state at the moment, inside a transaction that of the transaction. */
export interface LedgerReader extends TallyReader {
  /** Whether there is a resource of this name whose objects are in namespaces. */
  isNamespaced(resource: GroupResource): boolean;
}

/**
 * What the objects of one namespace use, as quotas count it. It looks only at resources that a
 * quota limits, and at every object once: after that only at those that changed, so that an
 * admission costs what changed since the last one and not what there is.
 *
 * The owner calls {@link touch} for every object that is written, and again where the write is
 * undone. What is asked for is always true: what was touched is read anew.
 */
export class QuotaLedger {
  readonly #reader: LedgerReader;
  readonly #tallies = new Map<GroupResource, ResourceTally>();
  #quotasChanged = false;

  constructor(reader: LedgerReader) {
    this.#reader = reader;
  }

  /** The object may be another than it was. Cheap, whatever the resource. */
  touch(resource: GroupResource, name: string): void {
    this.#tallies.get(resource)?.touch(name);
    if (resource === QUOTAS) this.#quotasChanged = true;
  }

  /** Everything may be another than it was: after a restart of the store, say. */
  reset(): void {
    this.#tallies.clear();
  }

  /**
   * What is used of each limit in `spec.hard` of the quota, as `status.used` has it. Limits that
   * nobody knows how to count are left out.
   *
   * @param now milliseconds since the epoch.
   */
  usageOf(quota: KubernetesObject, now: number): Record<string, string> {
    return Object.fromEntries(
      [...this.amountsOf(quota, now)].map(([name, amount]) => [name, amount.toString()]),
    );
  }

  amountsOf(quota: KubernetesObject, now: number): Amounts {
    if (this.#quotasChanged) this.#forgetUnused();
    const selectors = scopeSelectorsOf(quota);
    const used: Amounts = new Map();
    for (const [resource, limits] of this.#byResource(quota)) {
      const amounts = this.#tallyOf(resource)?.used(limits, selectors, now) ?? [];
      for (const [name, amount] of amounts) used.set(name, amount);
    }
    return used;
  }

  /** When what is used of a quota next changes by itself; null for never. */
  nextChange(): number | null {
    const times = [...this.#tallies.values()]
      .map((tally) => tally.nextChange())
      .filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  #byResource(quota: KubernetesObject): Map<GroupResource, string[]> {
    const limits = new Map<GroupResource, string[]>();
    for (const limit of Object.keys(quotaSpec(quota).hard ?? {})) {
      const resource = resourceCountedBy(limit);
      if (resource === null) continue;
      const list = limits.get(resource);
      if (list === undefined) limits.set(resource, [limit]);
      else list.push(limit);
    }
    return limits;
  }

  #tallyOf(resource: GroupResource): ResourceTally | null {
    const known = this.#tallies.get(resource);
    if (known !== undefined) return known;
    const evaluator = this.#reader.isNamespaced(resource) ? evaluatorOf(resource) : null;
    if (evaluator === null) return null;
    const tally = new ResourceTally(evaluator, this.#reader);
    this.#tallies.set(resource, tally);
    return tally;
  }

  /** Sums are kept for the quotas that there are: those of others would only cost. */
  #forgetUnused(): void {
    this.#quotasChanged = false;
    const quotas = this.#reader.list(QUOTAS);
    const limited = new Set(quotas.flatMap((quota) => [...this.#byResource(quota).keys()]));
    const selectors = quotas.map(scopeSelectorsOf);
    for (const [resource, tally] of this.#tallies) {
      if (limited.has(resource)) tally.keepOnly(selectors);
      else this.#tallies.delete(resource);
    }
  }
}
