import { duplicate, type FieldError, tooMany } from '../../../../apimachinery/field-error.ts';
import { byteLength } from '../../../../apimachinery/names.ts';

/** Lists and maps of which the API bounds the size: of one that is too long nothing else is said. */

type Rule<T> = (item: T, field: string) => FieldError[];

export function validateEach<T>(
  list: readonly T[] | undefined,
  max: number,
  rule: Rule<T>,
  field: string,
): FieldError[] {
  const items = list ?? [];
  return items.length > max
    ? [tooMany(field, items.length, max)]
    : items.flatMap((item, i) => rule(item, `${field}[${i}]`));
}

/** A list whose items differ in their keys. */
export function validateUnique<T>(
  list: readonly T[] | undefined,
  max: number,
  rule: Rule<T>,
  keyOf: (item: T) => string,
  field: string,
): FieldError[] {
  const items = list ?? [];
  const errors = validateEach(items, max, rule, field);
  return items.length > max ? errors : [...errors, ...repeated(items.map(keyOf), field)];
}

export function repeated(keys: readonly string[], field: string): FieldError[] {
  const seen = new Set<string>();
  return keys.flatMap((key, i) => {
    const errors = seen.has(key) ? [duplicate(`${field}[${i}]`, key)] : [];
    seen.add(key);
    return errors;
  });
}

interface MapRules<T> {
  readonly max?: number;
  /** Longer keys are shortened in the paths of errors. */
  readonly maxKeyLength: number;
  readonly key: Rule<string>;
  readonly item?: Rule<T>;
}

export function validateMap<T>(
  map: Readonly<Record<string, T>> | undefined,
  { max = Number.POSITIVE_INFINITY, maxKeyLength, key: keyRule, item: itemRule }: MapRules<T>,
  field: string,
): FieldError[] {
  const entries = Object.entries(map ?? {});
  if (entries.length > max) return [tooMany(field, entries.length, max)];
  return entries.flatMap(([key, item]) => [
    ...keyRule(key, field),
    ...(itemRule?.(item, `${field}[${shortened(key, maxKeyLength)}]`) ?? []),
  ]);
}

function shortened(key: string, max: number): string {
  if (byteLength(key) <= max) return key;
  const kept = max - 3;
  const tail = Math.floor(kept / 2);
  return `${key.slice(0, kept - tail)}...${key.slice(key.length - tail)}`;
}
