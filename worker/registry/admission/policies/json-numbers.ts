/** JSON whose integers beyond 2^53, which are bigints, are replaced by something that JSON can hold. */
export function withNumbers(value: unknown, replace: (integer: bigint) => unknown): unknown {
  if (typeof value === 'bigint') return replace(value);
  if (Array.isArray(value)) return value.map((item) => withNumbers(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withNumbers(item, replace)]),
  );
}
