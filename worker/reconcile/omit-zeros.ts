/** Drops the counts that are 0: the API's counters are `omitempty`, so 0 is written as absence. */
export function omitZeros<T extends Record<string, number>>(counts: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(counts).filter(([, count]) => count !== 0),
  ) as Partial<T>;
}
