import { type FieldError, forbidden } from '../../../../apimachinery/field-error.ts';
import type { JSONSchema } from '../schema/json-schema.ts';

/** What one rule may cost, and all of a definition, as estimated when it is written. */
export const RULE_COST_LIMIT = 10_000_000n;
const TOTAL_COST_LIMIT = 100_000_000n;
/** Rules that take less than this part of the total are not named. */
const NAMED_PART = 100n;
const NAMED_RULES = 4;
const MAX_UINT64 = 2n ** 64n - 1n;

/** Saturates where Go would overflow. */
export function multiplyCost(cost: bigint, times: bigint): bigint {
  const product = cost * times;
  return product > MAX_UINT64 ? MAX_UINT64 : product;
}

/** Adds up what the rules of a schema can cost. */
export class TotalCost {
  #total = 0n;
  #expensive: { readonly field: string; readonly cost: bigint }[] = [];

  observe(field: string, cost: bigint): void {
    this.#total = this.#total + cost > MAX_UINT64 ? MAX_UINT64 : this.#total + cost;
    if (cost < TOTAL_COST_LIMIT / NAMED_PART) return;
    this.#expensive.push({ field, cost });
    this.#expensive.sort((a, b) => (a.cost === b.cost ? 0 : a.cost > b.cost ? -1 : 1));
    this.#expensive.length = Math.min(this.#expensive.length, NAMED_RULES);
  }

  /** The most expensive rules, and the schema itself, where all together cost too much. */
  errors(field: string): FieldError[] {
    if (this.#total <= TOTAL_COST_LIMIT) return [];
    const detail =
      'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...this.#expensive.map((rule) => forbidden(rule.field, detail)),
      forbidden(field, costMessage(what, this.#total, TOTAL_COST_LIMIT)),
    ];
  }
}

/** How a cost that is too high is told. */
export function costMessage(what: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit);
  const times =
    factor > 100
      ? 'more than 100x'
      : factor < 1.5
        ? `${factor.toFixed(6)}x`
        : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

/** How often a schema's values can be in an object; undefined for without bound. */
export interface CostContext {
  readonly cardinality: bigint | undefined;
  readonly total: TotalCost;
}

/** Of what is directly below a schema. */
export function childCosts(
  context: CostContext | undefined,
  schema: JSONSchema,
): CostContext | undefined {
  if (context === undefined) return undefined;
  const { cardinality, total } = context;
  const most = mostChildren(schema);
  return {
    cardinality:
      cardinality === undefined || most === undefined ? undefined : multiplyCost(cardinality, most),
    total,
  };
}

function mostChildren(schema: JSONSchema): bigint | undefined {
  const bound = (limit: number | undefined): bigint | undefined =>
    limit === undefined ? undefined : BigInt(Math.max(0, limit));
  switch (schema.type) {
    case 'object':
      return schema.additionalProperties === undefined ? 1n : bound(schema.maxProperties);
    case 'array':
      return bound(schema.maxItems);
    default:
      return 1n;
  }
}
