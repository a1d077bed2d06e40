import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import { type Amounts, ZERO } from './amounts.ts';
import { inAllScopes, type QuotaEvaluator } from './quota-evaluator.ts';
import { RunningTotal } from './running-total.ts';
import type { ScopeSelector } from './scope-selectors.ts';

/** Where a tally finds objects as they are at the moment. */
export interface TallyReader {
  list(resource: GroupResource): readonly KubernetesObject[];
  get(resource: GroupResource, name: string): KubernetesObject | null;
}

/** The sums over all objects that meet the same conditions. */
class ScopeTotals {
  readonly selectors: readonly ScopeSelector[];
  readonly #totals = new Map<string, RunningTotal>();

  constructor(selectors: readonly ScopeSelector[]) {
    this.selectors = selectors;
  }

  add(usage: Amounts): void {
    for (const [name, amount] of usage) {
      let total = this.#totals.get(name);
      if (total === undefined) this.#totals.set(name, (total = new RunningTotal()));
      total.add(amount);
    }
  }

  remove(usage: Amounts): void {
    for (const [name, amount] of usage) this.#totals.get(name)?.remove(amount);
  }

  amount(name: string) {
    return this.#totals.get(name)?.total() ?? ZERO;
  }
}

interface Entry {
  readonly usage: Amounts;
  readonly in: readonly ScopeTotals[];
}

const keyOf = (selectors: readonly ScopeSelector[]): string =>
  JSON.stringify(selectors.map(({ scopeName, operator, values }) => [scopeName, operator, values]));

/**
 * What the objects of one resource use together, once for every set of scopes that a quota has:
 * fifty quotas without scopes share one sum. An object that changed is looked at when a sum is next
 * asked for.
 */
export class ResourceTally {
  readonly #evaluator: QuotaEvaluator;
  readonly #reader: TallyReader;
  readonly #entries = new Map<string, Entry>();
  readonly #stale = new Set<string>();
  readonly #scopes = new Map<string, ScopeTotals>();
  /** Objects whose usage changes by itself, with the time of it. */
  readonly #changesAt = new Map<string, number>();
  #nextChange = Number.POSITIVE_INFINITY;

  constructor(evaluator: QuotaEvaluator, reader: TallyReader) {
    this.#evaluator = evaluator;
    this.#reader = reader;
    for (const { metadata } of reader.list(evaluator.resource)) {
      this.#stale.add(metadata.name ?? '');
    }
  }

  touch(name: string): void {
    this.#stale.add(name);
  }

  /** What objects that meet all conditions use of `limits`. */
  used(limits: readonly string[], selectors: readonly ScopeSelector[], now: number): Amounts {
    const counts = selectors.length === 0 || this.#evaluator.hasScopes;
    const totals = counts ? this.#totalsOf(selectors, now) : null;
    this.#refresh(now);
    return new Map(limits.map((limit) => [limit, totals?.amount(limit) ?? ZERO]));
  }

  /** When a sum changes without a write; null for never. */
  nextChange(): number | null {
    return Number.isFinite(this.#nextChange) ? this.#nextChange : null;
  }

  /** Forgets sums that none of these asks for any more. */
  keepOnly(wanted: readonly (readonly ScopeSelector[])[]): void {
    const keys = new Set(wanted.map(keyOf));
    const dropped = new Set([...this.#scopes].filter(([key]) => !keys.has(key)).map(([, t]) => t));
    if (dropped.size === 0) return;
    for (const [key, totals] of this.#scopes) if (dropped.has(totals)) this.#scopes.delete(key);
    for (const [name, entry] of this.#entries) {
      this.#entries.set(name, { ...entry, in: entry.in.filter((totals) => !dropped.has(totals)) });
    }
  }

  #totalsOf(selectors: readonly ScopeSelector[], now: number): ScopeTotals {
    const key = keyOf(selectors);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    this.#refresh(now);
    const totals = new ScopeTotals(selectors);
    this.#scopes.set(key, totals);
    for (const [name, entry] of this.#entries) {
      const object =
        selectors.length === 0 ? null : this.#reader.get(this.#evaluator.resource, name);
      if (object === null ? selectors.length > 0 : !this.#isIn(totals, object)) continue;
      totals.add(entry.usage);
      this.#entries.set(name, { usage: entry.usage, in: [...entry.in, totals] });
    }
    return totals;
  }

  #refresh(now: number): void {
    if (now > this.#nextChange) {
      for (const [name, at] of this.#changesAt) if (now > at) this.#stale.add(name);
    }
    if (this.#stale.size === 0) return;
    for (const name of this.#stale) {
      this.#remove(name);
      const object = this.#reader.get(this.#evaluator.resource, name);
      if (object !== null) this.#add(name, object, now);
    }
    this.#stale.clear();
    this.#nextChange = Math.min(...this.#changesAt.values());
  }

  #remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    for (const totals of entry.in) totals.remove(entry.usage);
    this.#entries.delete(name);
    this.#changesAt.delete(name);
  }

  #add(name: string, object: KubernetesObject, now: number): void {
    const usage = this.#evaluator.usage(object, now);
    const within = [...this.#scopes.values()].filter((totals) => this.#isIn(totals, object));
    for (const totals of within) totals.add(usage);
    this.#entries.set(name, { usage, in: within });
    const at = this.#evaluator.changesAt?.(object) ?? null;
    if (at !== null && now <= at) this.#changesAt.set(name, at);
  }

  #isIn(totals: ScopeTotals, object: KubernetesObject): boolean {
    return inAllScopes(this.#evaluator, totals.selectors, object);
  }
}
